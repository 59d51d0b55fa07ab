import COpenSSL

/// Comparisons whose time tells nothing of what is compared.
package enum ConstantTime {
    package static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        a.count == b.count && CRYPTO_memcmp(a, b, a.count) == 0
    }

    package static func equal(_ a: borrowing Secret, _ b: [UInt8]) -> Bool {
        a.count == b.count && a.withPointer { CRYPTO_memcmp($0, b, b.count) == 0 }
    }
}
