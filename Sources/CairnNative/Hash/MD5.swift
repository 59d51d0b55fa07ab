import COpenSSL

/// MD5, as a name and never as a protection: two texts can be made to share one.
package enum MD5 {
    /// 32 lower-case hex digits.
    package static func hex(_ bytes: [UInt8]) -> String {
        // It must work where only approved algorithms do.
        guard let algorithm = EVP_MD_fetch(nil, "MD5", "-fips") else { preconditionFailure("OpenSSL has no MD5") }
        defer { EVP_MD_free(algorithm) }
        let digits = Array("0123456789abcdef".utf8)
        var hash = [UInt8](repeating: 0, count: 16)
        var count: UInt32 = 0
        precondition(EVP_Digest(bytes, bytes.count, &hash, &count, algorithm, nil) == 1 && count == 16, "MD5 fails")
        return String(decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
