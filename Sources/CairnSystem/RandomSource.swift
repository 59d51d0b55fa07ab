/// Where randomness comes from. Implementations: ``SystemRandom`` and the seeded one in the test kit, which no
/// product links.
package protocol RandomSource: Sendable {
    /// `count` bytes that nobody can predict.
    func bytes(_ count: Int) -> [UInt8]
}
