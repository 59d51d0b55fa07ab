import CairnKeys
import CairnNative
import FoundationEssentials
import NIOCore

/// A successful answer of a KMS, which may hold a key in clear: kept in the arena, and cleared where it came in.
struct KMSAnswer: Sendable {
    private let text: KeyMaterial?
    private let service: String

    init(taking buffer: inout ByteBuffer, service: String) {
        self.service = service
        text = KeyMaterial(taking: &buffer)
    }

    /// What is no secret of it.
    func decoded<Content: Decodable>() throws(KeyError) -> Content {
        var open: [UInt8] = []
        text?.secret.withKeyBytes { bytes in
            // The key's characters are left out, so that no copy of them is made.
            var isSecret = false
            let name = Array("\"Plaintext\"".utf8)
            var i = 0
            while i < bytes.count {
                if !isSecret, i + name.count <= bytes.count, name.indices.allSatisfy({ bytes[i + $0] == name[$0] }) {
                    open += name
                    i += name.count
                    while i < bytes.count, bytes[i] != UInt8(ascii: "\"") {
                        open.append(bytes[i])
                        i += 1
                    }
                    open.append(UInt8(ascii: "\""))
                    i += 1
                    isSecret = true
                    while i < bytes.count, bytes[i] != UInt8(ascii: "\"") { i += 1 }
                    continue
                }
                open.append(bytes[i])
                i += 1
            }
        }
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(open)) else {
            throw .untrustedAnswer(service: service, reason: "it is no answer of a KMS")
        }
        return content
    }

    /// The data key in it, which must have 32 bytes.
    func plaintext() throws(KeyError) -> Secret {
        guard let text, let key = SecretText.base64Member("Plaintext", of: text.secret), key.count == 32 else {
            throw .untrustedAnswer(service: service, reason: "a data key that has not 32 bytes")
        }
        return key
    }
}
