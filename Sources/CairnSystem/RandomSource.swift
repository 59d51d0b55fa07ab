/// Where randomness comes from. Implementations: ``SystemRandom``, OpenSSL's generator in CairnKeys, and the seeded one
/// in the test kit, which no product links.
package protocol RandomSource: Sendable {
    /// `count` bytes that nobody can predict.
    func bytes(_ count: Int) -> [UInt8]
    /// Fills key bytes where they stand, leaving no copy.
    func fill(_ bytes: inout MutableSpan<UInt8>)
}
