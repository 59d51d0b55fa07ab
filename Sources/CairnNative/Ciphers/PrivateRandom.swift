import COpenSSL

/// OpenSSL's generator for values that must stay secret.
package enum PrivateRandom {
    /// Fills `bytes` from `RAND_priv_bytes`.
    package static func fill(_ bytes: inout MutableSpan<UInt8>) {
        bytes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
            // Without randomness there are no keys, and nothing that could be done instead.
            precondition(
                RAND_priv_bytes(base, Int32(buffer.count)) == 1,
                "OpenSSL's random generator fails: see 'openssl rand 8'")
        }
    }
}
