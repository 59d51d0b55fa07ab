import COpenSSL

/// HMAC-SHA-256 under one key, for many short texts: the key is set up once. Not for use by two tasks at once.
package final class KeyedHash {
    private let context: OpaquePointer

    /// - Parameter key: a secret.
    package init(_ key: KeyMaterial) {
        guard let mac = EVP_MAC_fetch(nil, "HMAC", nil) else { preconditionFailure("OpenSSL has no HMAC") }
        defer { EVP_MAC_free(mac) }
        guard let context = EVP_MAC_CTX_new(mac) else { preconditionFailure("no memory for an HMAC") }
        self.context = context
        let done = "SHA256".withCString { name in
            var parameters = [
                OSSL_PARAM_construct_utf8_string("digest", UnsafeMutablePointer(mutating: name), 0),
                OSSL_PARAM_construct_end(),
            ]
            return key.secret.withPointer { EVP_MAC_init(context, $0, key.secret.count, &parameters) }
        }
        precondition(done == 1, "OpenSSL refuses HMAC-SHA-256")
    }

    deinit { EVP_MAC_CTX_free(context) }

    /// The code's first `byteCount` bytes, 32 at most.
    package func hash(_ message: [UInt8], byteCount: Int) -> [UInt8] {
        precondition(byteCount <= 32)
        var code = [UInt8](repeating: 0, count: 32)
        var length = 0
        // Without a key the one that is set up begins anew.
        let done =
            EVP_MAC_init(context, nil, 0, nil) == 1 && EVP_MAC_update(context, message, message.count) == 1
            && EVP_MAC_final(context, &code, &length, 32) == 1
        precondition(done && length == 32, "OpenSSL refuses HMAC-SHA-256")
        return Array(code.prefix(byteCount))
    }
}
