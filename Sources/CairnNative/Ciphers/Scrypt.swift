import COpenSSL

/// scrypt (RFC 7914) by OpenSSL: keys from passphrases.
package enum Scrypt {
    /// What the derivation costs.
    package struct Cost: Sendable, Equatable {
        /// N, a power of two: memory is 128 r N bytes.
        package var n: UInt64
        package var r: UInt64
        package var p: UInt64

        package init(n: UInt64, r: UInt64, p: UInt64) {
            self.n = n
            self.r = r
            self.p = p
        }

        /// What new keys are derived with: 128 MiB and about half a second.
        package static let standard = Cost(n: 1 << 17, r: 8, p: 1)

        /// Whether reading may spend it: 2^15 ≤ N ≤ 2^20, r = 8, p ≤ 4. Anything else is refused before any work.
        package var isAcceptable: Bool {
            n >= 1 << 15 && n <= 1 << 20 && n.nonzeroBitCount == 1 && r == 8 && (1...4).contains(p)
        }
    }

    /// A key of `count` bytes; nil when there is no memory for it.
    package static func derive(_ passphrase: borrowing Secret, salt: [UInt8], cost: Cost, count: Int) -> Secret? {
        var done: Int32 = 0
        let key = Secret(count: count) { (bytes: inout MutableSpan<UInt8>) in
            bytes.withUnsafeMutableBufferPointer { output in
                passphrase.withPointer { text in
                    done = text.withMemoryRebound(to: CChar.self, capacity: passphrase.count) { text in
                        EVP_PBE_scrypt(
                            text, passphrase.count, salt, salt.count, cost.n, cost.r, cost.p,
                            // N of 2^17 needs 128 MiB; OpenSSL allows 32 unless told.
                            128 * cost.r * (cost.n + cost.p + 2) + (1 << 20), output.baseAddress, output.count)
                    }
                }
            }
        }
        guard done == 1 else { return nil }
        return key
    }
}
