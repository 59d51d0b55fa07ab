/// One durable entry as a reader sees it; the payload is a place in the chunk it came with.
package struct LogFrame: Sendable, Equatable {
    package let sequence: UInt64
    package let kind: LogEntry.Kind
    package let id: LogID
    package let at: Int64
    /// The payload's place in ``LogChunk/bytes``.
    package let payload: Range<Int>
    /// How many sequences it stands for: 1, and more only for a gap or what was thinned out.
    package let span: UInt64

    package init(
        sequence: UInt64,
        kind: LogEntry.Kind,
        id: LogID,
        at: Int64,
        payload: Range<Int>,
        span: UInt64
    ) {
        self.sequence = sequence
        self.kind = kind
        self.id = id
        self.at = at
        self.payload = payload
        self.span = span
    }
}
