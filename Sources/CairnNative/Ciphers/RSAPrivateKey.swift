import COpenSSL

/// An RSA key that signs: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017), by OpenSSL.
// OpenSSL lets several threads use one EVP_PKEY, each with a context of its own.
package final class RSAPrivateKey: @unchecked Sendable {
    /// The bytes are no RSA private key of a size that is taken here.
    package struct Unreadable: Error, Equatable {}

    private let key: OpaquePointer

    private init(owning key: OpaquePointer) { self.key = key }

    deinit { EVP_PKEY_free(key) }

    /// A new key of `bits` bits: 2048, 3072 or 4096; the exponent is 65537.
    package static func generate(bits: Int) -> RSAPrivateKey {
        precondition([2_048, 3_072, 4_096].contains(bits), "RSA keys have 2048, 3072 or 4096 bits here")
        let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        precondition(
            EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1
                && EVP_PKEY_generate(context, &key) == 1, "OpenSSL fails to make an RSA key")
        return RSAPrivateKey(owning: key!)
    }

    /// Reads the DER of a PKCS#1 `RSAPrivateKey`.
    package init(der: borrowing Secret) throws(Unreadable) {
        let read = der.withPointer { pointer -> OpaquePointer? in
            var place: UnsafePointer<UInt8>? = pointer
            return d2i_PrivateKey(EVP_PKEY_RSA, nil, &place, der.count)
        }
        guard let read else {
            ERR_clear_error()
            throw Unreadable()
        }
        key = read
    }

    /// The DER of the PKCS#1 `RSAPrivateKey`.
    package func der() -> Secret {
        let count = Int(i2d_PrivateKey(key, nil))
        precondition(count > 0, "OpenSSL cannot write a private key")
        return Secret(count: count) { (bytes: inout MutableSpan<UInt8>) in
            bytes.withUnsafeMutableBufferPointer { buffer in
                var place = buffer.baseAddress
                i2d_PrivateKey(key, &place)
            }
        }
    }

    /// The DER of the PKCS#1 `RSAPublicKey`.
    package var publicDER: [UInt8] {
        let count = Int(i2d_PublicKey(key, nil))
        precondition(count > 0, "OpenSSL cannot write a public key")
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var place = buffer.baseAddress
            written = Int(i2d_PublicKey(key, &place))
        }
    }

    /// The signature of a message, as long as the modulus. The same message gives the same signature.
    package func sign(_ message: [UInt8]) -> [UInt8] {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var count = 0
        precondition(
            EVP_DigestSignInit_ex(context, nil, "SHA256", nil, nil, key, nil) == 1
                && EVP_DigestSign(context, nil, &count, message, message.count) == 1, "OpenSSL refuses to sign")
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            precondition(
                EVP_DigestSign(context, buffer.baseAddress, &count, message, message.count) == 1,
                "OpenSSL fails to sign")
            written = count
        }
    }
}
