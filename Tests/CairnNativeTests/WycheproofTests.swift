import CairnNative
import Foundation
import Testing

/// Project Wycheproof's vectors through the wrappers that the product uses; see Vectors/README.md.
@Suite("Known attacks on ciphers, signatures and derivations are withstood")
struct WycheproofTests {
    private struct File<Group: Decodable>: Decodable {
        var testGroups: [Group]
    }

    private static func groups<Group: Decodable>(_ name: String, _ type: Group.Type) throws -> [Group] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Vectors/wycheproof/\(name)_test.json")
        return try JSONDecoder().decode(File<Group>.self, from: Data(contentsOf: file)).testGroups
    }

    private static func secret(_ hex: String) -> Secret { Secret(bytes(hex).span) }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    }

    private static func array(_ secret: borrowing Secret) -> [UInt8] {
        secret.withKeyBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    private struct AEAD: Decodable {
        struct Case: Decodable {
            var tcId: Int
            var key, iv, aad, msg, ct, tag, result: String
        }
        var ivSize, keySize, tagSize: Int
        var tests: [Case]
    }

    @Test("AES-GCM with keys of 256, nonces of 96 and tags of 128 bits, the only ones used")
    func aesGCM() throws {
        var count = 0
        for group in try Self.groups("aes_gcm", AEAD.self)
        where (group.keySize, group.ivSize, group.tagSize) == (256, 96, 128) {
            for test in group.tests {
                count += 1
                let cipher = AESGCM(key: Self.secret(test.key))
                let (nonce, aad, message) = (Self.bytes(test.iv), Self.bytes(test.aad), Self.bytes(test.msg))
                let sealed = Self.bytes(test.ct) + Self.bytes(test.tag)
                let opened = try? cipher.open(sealed, nonce: nonce, aad: aad)
                var piece = [0xEE] + sealed
                let inPlace: Void? = try? cipher.openInPlace(&piece, 1..<piece.count - 16, nonce: nonce, aad: aad)
                if test.result == "valid" {
                    #expect(opened == message, "\(test.tcId)")
                    #expect(inPlace != nil && Array(piece[1..<piece.count - 16]) == message, "\(test.tcId)")
                    #expect(cipher.seal(message, nonce: nonce, aad: aad) == sealed, "\(test.tcId)")
                    piece = [0xEE] + message + [UInt8](repeating: 0, count: 16)
                    cipher.sealInPlace(&piece, 1..<piece.count - 16, nonce: nonce, aad: aad)
                    #expect(piece == [0xEE] + sealed, "\(test.tcId)")
                } else {
                    #expect(opened == nil && inPlace == nil, "\(test.tcId)")
                    #expect(
                        piece[1..<piece.count - 16].allSatisfy { $0 == 0 }, "unverified bytes are left: \(test.tcId)")
                }
            }
        }
        #expect(count == 66)
    }

    private struct Derivation: Decodable {
        struct Case: Decodable {
            var tcId: Int
            var ikm, salt, info, okm, result: String
            var size: Int
        }
        var tests: [Case]
    }

    @Test("HKDF", arguments: [("hkdf_sha256", HKDF.Hash.sha256, 32), ("hkdf_sha512", .sha512, 64)])
    func hkdf(_ name: String, _ hash: HKDF.Hash, _ hashByteCount: Int) throws {
        var count = 0
        for test in try Self.groups(name, Derivation.self).flatMap(\.tests) {
            // More than 255 blocks cannot be asked for: a limit of the callers, who ask for 32 bytes.
            guard test.size <= 255 * hashByteCount else {
                #expect(test.result == "invalid")
                continue
            }
            count += 1
            let key = HKDF.derive(
                hash, key: Self.secret(test.ikm), salt: Self.bytes(test.salt), info: Self.bytes(test.info),
                count: test.size)
            #expect(Self.array(key) == Self.bytes(test.okm), "\(test.tcId)")
        }
        #expect(count > 75)
    }

    private struct MAC: Decodable {
        struct Case: Decodable {
            var tcId: Int
            var key, msg, tag, result: String
        }
        var tagSize: Int
        var tests: [Case]
    }

    @Test("HMAC-SHA-256 with whole tags")
    func hmac() throws {
        var count = 0
        for group in try Self.groups("hmac_sha256", MAC.self) where group.tagSize == 256 {
            for test in group.tests {
                count += 1
                let tag = HMAC.sha256(key: Self.bytes(test.key), Self.bytes(test.msg)).array
                #expect((tag == Self.bytes(test.tag)) == (test.result == "valid"), "\(test.tcId)")
            }
        }
        #expect(count == 87)
    }

    private struct Signature: Decodable {
        struct Case: Decodable {
            var tcId: Int
            var msg, sig, result: String
            var flags: [String]
        }
        var publicKeyAsn: String
        var tests: [Case]
    }

    @Test("RSA PKCS#1 v1.5 with SHA-256", arguments: [2_048, 3_072, 4_096])
    func rsa(_ bits: Int) throws {
        var count = 0
        for group in try Self.groups("rsa_signature_\(bits)_sha256", Signature.self) {
            guard group.publicKeyAsn.hasSuffix("0203010001") else {
                // Other exponents than 65537 are refused as such.
                #expect(throws: RSAPublicKey.Problem.exponent) {
                    try RSAPublicKey(pkcs1: Self.bytes(group.publicKeyAsn))
                }
                continue
            }
            let key = try RSAPublicKey(pkcs1: Self.bytes(group.publicKeyAsn))
            #expect(key.bits == bits)
            for test in group.tests {
                count += 1
                let holds = key.verifies(Self.bytes(test.sig), of: Self.bytes(test.msg))
                // 'acceptable' are encodings without the NULL of the hash's parameters: refusing them is right.
                if test.result != "acceptable" { #expect(holds == (test.result == "valid"), "\(test.tcId)") }
            }
        }
        #expect(count > 200)
    }
}
