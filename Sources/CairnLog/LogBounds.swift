/// How far a log reaches.
package struct LogBounds: Sendable, Equatable {
    /// The first sequence still kept.
    package let first: UInt64
    /// The sequence behind the last durable one.
    package let next: UInt64
    /// How many bytes the log takes on disk.
    package let byteCount: Int

    package init(first: UInt64, next: UInt64, byteCount: Int) {
        self.first = first
        self.next = next
        self.byteCount = byteCount
    }
}
