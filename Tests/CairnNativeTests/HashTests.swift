import CairnNative
import Testing

@Suite("Hashes and checksums give the published answers")
struct HashTests {
    @Test(
        "SHA-256: FIPS 180-4 and NIST's examples",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
                    + "nopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func sha256(_ message: String, _ hex: String) { #expect(SHA256.hash(Array(message.utf8)).hex == hex) }

    @Test("SHA-256 of a million a, in uneven pieces, and then of another message")
    func millionAs() {
        let hash = SHA256()
        var left = 1_000_000
        var size = 1
        while left > 0 {
            let count = min(size, left)
            hash.update([UInt8](repeating: UInt8(ascii: "a"), count: count))
            left -= count
            size = size * 3 % 7_001 + 1
        }
        #expect(hash.finish().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        hash.update(Array("abc".utf8))
        #expect(hash.finish() == SHA256.hash(Array("abc".utf8)))
    }

    @Test("a hash reads its own hex and nothing else")
    func hex() {
        let hash = SHA256.hash([1])
        #expect(SHA256Hash(hex: hash.hex) == hash)
        #expect(SHA256Hash(hex: hash.hex.uppercased()) == nil)
        #expect(SHA256Hash(hex: String(hash.hex.dropLast())) == nil)
        #expect(hash.word(0) == UInt64(hash.hex.prefix(16), radix: 16))
    }

    @Test("HMAC-SHA-256: RFC 4231, cases 1 to 4, 6 and 7")
    func hmac() {
        #expect(
            HMAC.sha256(key: [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8)).hex
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            HMAC.sha256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8)).hex
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            HMAC.sha256(key: [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50)).hex
                == "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")
        #expect(
            HMAC.sha256(key: Array(1...25), [UInt8](repeating: 0xCD, count: 50)).hex
                == "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")
        #expect(
            HMAC.sha256(
                key: [UInt8](repeating: 0xAA, count: 131),
                Array(
                    ("This is a test using a larger than block-size key and a larger than block-size data. The key needs "
                        + "to be hashed before being used by the HMAC algorithm.").utf8)
            ).hex == "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2")
        #expect(
            HMAC.sha256(
                key: [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
            ).hex == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test("CRC-32C: RFC 3720, B.4")
    func crc32c() {
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum(Array((0..<32).reversed())) == 0x113F_DB5C)
        // An iSCSI SCSI Read (10) command.
        let command: [UInt8] = [
            0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0,
            0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
        ]
        #expect(CRC32C.checksum(command) == 0xD996_3A56)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([]) == 0)
    }

    @Test("CRC-32C goes on where it was")
    func continued() {
        let bytes = Array("123456789".utf8)
        #expect(CRC32C.checksum(bytes, 4..<9, seed: CRC32C.checksum(bytes, 0..<4)) == 0xE306_9283)
    }

    @Test("numbers stand least significant byte first and read back")
    func byteOrder() {
        var bytes: [UInt8] = []
        bytes.append(number: UInt32(0x0102_0304))
        bytes.append(number: Int64(-2))
        #expect(bytes == [4, 3, 2, 1, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(bytes.number(at: 4, as: Int64.self) == -2)
        bytes.set(number: UInt16(0xABCD), at: 1)
        #expect(bytes.number(at: 0, as: UInt32.self) == 0x01AB_CD04)
    }

    @Test("bytes are found, compared and appended in place")
    func ranges() {
        let bytes = Array("a,b,c".utf8)
        #expect(bytes.firstIndex(of: UInt8(ascii: ","), in: 2..<5) == 3)
        #expect(bytes.firstIndex(of: UInt8(ascii: ","), in: 4..<5) == nil)
        #expect(bytes.firstIndex(of: UInt8(ascii: "a"), in: 0..<0) == nil)
        #expect([UInt8]().firstIndex(of: 0, in: 0..<0) == nil)
        #expect(bytes.equals(Array("b,".utf8), in: 2..<4) && !bytes.equals(Array("b,".utf8), in: 2..<3))
        #expect(!bytes.equals(Array("b;".utf8), in: 2..<4) && bytes.equals([], in: 5..<5))
        var copy: [UInt8] = [1]
        copy.append(bytes, 1..<3)
        copy.append(bytes, 5..<5)
        #expect(copy == [1] + Array(",b".utf8))
    }
}
