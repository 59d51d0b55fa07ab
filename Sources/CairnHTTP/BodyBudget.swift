import Synchronization

/// How many bytes the bodies of requests in flight may take together, so that memory does not depend on how many send.
///
/// A body counts several times over: as it came, inflated, and as what is appended to the log.
package final class BodyBudget: Sendable {
    /// How often a byte of a body stands in memory while its request is worked on, at most.
    private static let copies = 3

    package let byteCountMax: Int
    private let taken = Atomic<Int>(0)

    /// - Parameter byteCountMax: at least what one request of the largest size takes.
    package init(byteCountMax: Int) { self.byteCountMax = max(byteCountMax, Self.copies * Door.bodyByteCountMax) }

    /// Takes room for a body's bytes; false when there is none now.
    func take(_ byteCount: Int) -> Bool {
        let wanted = byteCount * Self.copies
        let (_, now) = taken.add(wanted, ordering: .relaxed)
        guard now > byteCountMax else { return true }
        taken.subtract(wanted, ordering: .relaxed)
        return false
    }

    func release(_ byteCount: Int) { taken.subtract(byteCount * Self.copies, ordering: .relaxed) }
}
