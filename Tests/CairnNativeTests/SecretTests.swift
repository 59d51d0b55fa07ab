import CairnNative
import Foundation
import Testing

@Suite("Key bytes stay in the arena")
struct SecretTests {
    private func array(_ secret: borrowing Secret) -> [UInt8] {
        secret.withKeyBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    private func file(_ bytes: [UInt8], mode: Int = 0o600) throws -> String {
        let path = NSTemporaryDirectory() + "cairn-secret-\(UUID())"
        try Data(bytes).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    @Test("blocks of all sizes are usable at once and come back zeroed", arguments: [1, 16, 48, 49, 4_000, 70_000])
    func blocks(_ count: Int) {
        for round in 0..<3 {
            let secrets = (0..<20).map { i in
                KeyMaterial(
                    Secret(count: count) { (bytes: inout MutableSpan<UInt8>) in
                        for j in bytes.indices {
                            #expect(bytes[j] == 0)
                            bytes[j] = UInt8(truncatingIfNeeded: i &+ j &+ round)
                        }
                    })
            }
            for (i, secret) in secrets.enumerated() {
                #expect(array(secret.secret) == (0..<count).map { UInt8(truncatingIfNeeded: i &+ $0 &+ round) })
            }
        }
    }

    @Test("a key prints as its size")
    func printing() {
        let key = KeyMaterial(Secret(Array("correct horse battery staple 123".utf8).span))
        #expect("\(key)" == "KeyMaterial(32 bytes)")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("horse"))
    }

    @Test("hex is read with white space around it, and nothing else", arguments: ["00ff10Ab", " 00FF10ab\n"])
    func hex(_ text: String) {
        guard let secret = SecretText.fromHex(Secret(Array(text.utf8).span)) else {
            Issue.record("not read")
            return
        }
        let (bytes, again) = (array(secret), array(SecretText.hex(secret)))
        #expect(bytes == [0, 255, 16, 0xAB])
        #expect(again == Array("00ff10ab".utf8))
    }

    @Test("what is no hex is refused", arguments: ["", "0", "0g", "00 11", "0x00"])
    func notHex(_ text: String) {
        let isRefused = text.isEmpty || SecretText.fromHex(Secret(Array(text.utf8).span)) == nil
        #expect(isRefused)
    }

    @Test("a file of key bytes must be private, regular, and of a size that makes sense")
    func files() throws {
        let good = try file([1, 2, 3])
        #expect(array(try SecretFile.read(good, limit: 10, isPrivate: true)) == [1, 2, 3])
        #expect(throws: SecretFile.Problem.tooLong(byteCount: 3, limit: 2)) {
            try self.expect(good, limit: 2)
        }
        #expect(throws: SecretFile.Problem.permissions("640")) { try self.expect(try self.file([1], mode: 0o640)) }
        #expect(throws: SecretFile.Problem.empty) { try self.expect(try self.file([])) }
        #expect(throws: SecretFile.Problem.notFound) { try self.expect("\(good)-not") }
        #expect(throws: SecretFile.Problem.notRegular) { try self.expect(NSTemporaryDirectory()) }
        try FileManager.default.createSymbolicLink(atPath: good + "-link", withDestinationPath: good)
        #expect(throws: SecretFile.Problem.notRegular) { try self.expect(good + "-link") }
        try SecretFile.destroy(good)
        #expect(!FileManager.default.fileExists(atPath: good))
    }

    private func expect(_ path: String, limit: Int = 10) throws {
        _ = try SecretFile.read(path, limit: limit, isPrivate: true)
    }

    @Test("RFC 7914's vector of scrypt and what costs too much is known before any work")
    func scrypt() {
        let key = Scrypt.derive(
            Secret(Array("pleaseletmein".utf8).span), salt: Array("SodiumChloride".utf8),
            cost: .init(n: 16_384, r: 8, p: 1), count: 64)
        let expected =
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        var found = ""
        if let key { found = String(decoding: array(SecretText.hex(key)), as: UTF8.self) }
        #expect(found == expected)
        #expect(Scrypt.Cost.standard.isAcceptable)
        for cost in [
            Scrypt.Cost(n: 1 << 14, r: 8, p: 1), .init(n: 1 << 21, r: 8, p: 1), .init(n: 1 << 17, r: 9, p: 1),
            .init(n: 1 << 17, r: 8, p: 5), .init(n: (1 << 17) + 1, r: 8, p: 1), .init(n: 1 << 17, r: 8, p: 0),
        ] {
            #expect(!cost.isAcceptable)
        }
    }

    @Test("a signing key survives its DER, signs the same twice, and its public half verifies")
    func signing() throws {
        let key = RSAPrivateKey.generate(bits: 2_048)
        let again = try RSAPrivateKey(der: key.der())
        let message = Array("digest".utf8)
        #expect(key.sign(message) == again.sign(message))
        #expect(key.publicDER.count == 270)
        let published = try RSAPublicKey(pkcs1: key.publicDER)
        #expect(published.verifies(key.sign(message), of: message))
        #expect(!published.verifies(key.sign(message), of: message + [0]))
        #expect(!published.verifies(Array(key.sign(message).dropLast()), of: message))
        #expect(RSAPublicKey.fingerprint(pkcs1: []) == "d41d8cd98f00b204e9800998ecf8427e")
        #expect(throws: RSAPublicKey.Problem.notPKCS1) { try RSAPublicKey(pkcs1: key.publicDER + [0]) }
        #expect(throws: RSAPublicKey.Problem.notPKCS1) { try RSAPublicKey(pkcs1: [1, 2, 3]) }
    }
}
