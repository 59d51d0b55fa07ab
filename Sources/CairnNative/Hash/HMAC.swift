import COpenSSL

/// HMAC-SHA-256 (RFC 2104) by OpenSSL.
package enum HMAC {
    package static func sha256(key: [UInt8], _ message: [UInt8]) -> SHA256Hash {
        var bytes: [32 of UInt8] = .init(repeating: 0)
        var span = bytes.mutableSpan
        span.withUnsafeMutableBufferPointer { buffer in
            var length = 0
            let done = EVP_Q_mac(
                nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count, buffer.baseAddress,
                buffer.count,
                &length
            )
            precondition(done != nil && length == 32, "OpenSSL refuses HMAC-SHA-256")
        }
        return SHA256Hash(bytes)
    }

    /// With a key that is a secret, to a code that is one: a step of a derivation.
    package static func sha256(key: borrowing Secret, _ message: [UInt8]) -> Secret {
        Secret(count: 32) { (bytes: inout MutableSpan<UInt8>) in
            bytes.withUnsafeMutableBufferPointer { buffer in
                var length = 0
                let done = key.withPointer { raw in
                    EVP_Q_mac(
                        nil, "HMAC", nil, "SHA256", nil, raw, key.count, message, message.count, buffer.baseAddress,
                        buffer.count, &length)
                }
                precondition(done != nil && length == 32, "OpenSSL refuses HMAC-SHA-256")
            }
        }
    }
}
