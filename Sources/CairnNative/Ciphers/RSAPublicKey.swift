import COpenSSL

/// An RSA key that verifies: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017), by OpenSSL.
// OpenSSL lets several threads use one EVP_PKEY, each with a context of its own.
package final class RSAPublicKey: @unchecked Sendable {
    /// Why bytes are not taken for a public key.
    package enum Problem: Error, Equatable, Sendable {
        /// Not the DER of a PKCS#1 `RSAPublicKey`, or DER with room for another reading.
        case notPKCS1
        /// Only moduli of 2,048 to 4,096 bits are taken.
        case modulus(bits: Int)
        /// Only the exponent 65537 is taken.
        case exponent
    }

    private let key: OpaquePointer
    /// The size of the modulus.
    package let bits: Int

    /// - Parameter der: the DER of a PKCS#1 `RSAPublicKey`: modulus and exponent, nothing else.
    package init(pkcs1 der: [UInt8]) throws(Problem) {
        let read = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var place = buffer.baseAddress
            guard let key = d2i_PublicKey(EVP_PKEY_RSA, nil, &place, buffer.count) else { return nil }
            guard place == buffer.baseAddress! + buffer.count else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        guard let read else {
            ERR_clear_error()
            throw .notPKCS1
        }
        key = read
        bits = Int(EVP_PKEY_get_bits(read))
        guard (2_048...4_096).contains(bits) else { throw .modulus(bits: bits) }
        guard Self.hasCommonExponent(read) else { throw .exponent }
        // What OpenSSL would write must be what came: DER has one spelling.
        let count = Int(i2d_PublicKey(read, nil))
        let again = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, written in
            var place = buffer.baseAddress
            written = max(0, Int(i2d_PublicKey(read, &place)))
        }
        guard again == der else { throw .notPKCS1 }
    }

    deinit { EVP_PKEY_free(key) }

    private static func hasCommonExponent(_ key: OpaquePointer) -> Bool {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &number) == 1 else { return false }
        defer { BN_free(number) }
        return BN_is_word(number, 65_537) == 1
    }

    /// Whether `signature`, exactly as long as the modulus, is one of `message`.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == (bits + 7) / 8 else { return false }
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit_ex(context, nil, "SHA256", nil, nil, key, nil) == 1 else { return false }
        let holds = EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        if !holds { ERR_clear_error() }
        return holds
    }

    /// Lower-case hex of the MD5 of the DER: the fingerprint that CloudTrail names keys by (reference 3.7). Not a proof
    /// of anything: two keys can be made to share one.
    package static func fingerprint(pkcs1 der: [UInt8]) -> String { MD5.hex(der) }
}
