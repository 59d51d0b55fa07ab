import COpenSSL
import Glibc

/// HKDF (RFC 5869), extract and expand, by OpenSSL.
package enum HKDF {
    /// The hash underneath.
    package enum Hash: String, Sendable {
        case sha256 = "SHA256"
        case sha512 = "SHA512"
    }

    // Never changed after it is fetched; OpenSSL lets any number of threads use a fetched algorithm.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_KDF_fetch(nil, "HKDF", nil) else { preconditionFailure("OpenSSL has no HKDF") }
        return algorithm
    }()

    // Never changed. OpenSSL keeps the pointers to names while a call lasts, which a Swift string does not.
    private nonisolated(unsafe) static let names = (
        digest: strdup(OSSL_KDF_PARAM_DIGEST), key: strdup(OSSL_KDF_PARAM_KEY), salt: strdup(OSSL_KDF_PARAM_SALT),
        info: strdup(OSSL_KDF_PARAM_INFO)
    )

    /// - Parameter count: how many bytes to derive, at most 255 times the hash's.
    package static func derive(
        _ hash: Hash, key: borrowing Secret, salt: [UInt8], info: [UInt8], count: Int
    ) -> Secret {
        guard let context = EVP_KDF_CTX_new(algorithm) else { preconditionFailure("no memory for a derivation") }
        defer { EVP_KDF_CTX_free(context) }
        var name = Array(hash.rawValue.utf8CString)
        var (salt, info) = (salt, info)
        return Secret(count: count) { (bytes: inout MutableSpan<UInt8>) in
            bytes.withUnsafeMutableBufferPointer { output in
                name.withUnsafeMutableBufferPointer { name in
                    salt.withUnsafeMutableBytes { salt in
                        info.withUnsafeMutableBytes { info in
                            key.withPointer { raw in
                                var parameters = [
                                    OSSL_PARAM_construct_utf8_string(names.digest, name.baseAddress, 0),
                                    OSSL_PARAM_construct_octet_string(
                                        names.key, UnsafeMutableRawPointer(mutating: raw), key.count),
                                    OSSL_PARAM_construct_octet_string(
                                        names.salt, salt.baseAddress, salt.count),
                                    OSSL_PARAM_construct_octet_string(
                                        names.info, info.baseAddress, info.count),
                                    OSSL_PARAM_construct_end(),
                                ]
                                // A parameter without bytes is left out: OpenSSL takes a null pointer for an error.
                                if info.isEmpty { parameters.remove(at: 3) }
                                if salt.isEmpty { parameters.remove(at: 2) }
                                precondition(
                                    EVP_KDF_derive(context, output.baseAddress, output.count, parameters) == 1,
                                    "OpenSSL fails to derive a key")
                            }
                        }
                    }
                }
            }
        }
    }
}
