/// One ordered log of durable entries. Implementations: ``SegmentLog``, ``ReadOnlyLog`` over its files from another
/// process, and the faulty one in the test kit.
///
/// Sequences begin at 1, grow by 1 and are never used again. What every implementation promises:
///
/// - ``append(_:)-([LogEntry])`` returns only after all entries are durable, standing one behind the other. An append
///   that throws may or may not have happened. The same id again, within the window of the implementation, gives the
///   same sequence and adds nothing.
/// - ``read(from:byteCountMax:)`` shows durable entries only, in order, without leaving one out, or throws.
/// - ``trim(upTo:)`` may keep more than asked, never less than what is at or behind `upTo`.
package protocol EventLog: Sendable {
    func append(_ entries: [LogEntry]) async throws(LogError) -> [UInt64]
    /// Returns once everything that was given to append before is durable, or has failed.
    func flush() async throws(LogError)
    /// Entries from sequence `from` on, up to about `byteCountMax` bytes, at least one if there is one.
    ///
    /// - Parameter wanted: whose batches must not be missing. What else was thinned out is passed over. Nil: everything.
    func read(from: UInt64, byteCountMax: Int, wanted: Set<AccountRegion>?) async throws(LogError) -> LogChunk
    func bounds() async throws(LogError) -> LogBounds
    /// The sequence behind the last durable one: cheap enough to ask many times a second.
    func end() async throws(LogError) -> UInt64
    /// Entries before `upTo` are not needed any more, nor kept for having come in before `olderThan` (ms since 1970).
    func trim(upTo: UInt64, olderThan: Int64) async throws(LogError)
    /// Lets go of what is held open. Nothing may be appended after it.
    func close() async
}

extension EventLog {
    /// Reads everything there is.
    package func read(from: UInt64, byteCountMax: Int) async throws(LogError) -> LogChunk {
        try await read(from: from, byteCountMax: byteCountMax, wanted: nil)
    }

    /// Appends one entry and gives its sequence.
    package func append(_ entry: LogEntry) async throws(LogError) -> UInt64 { try await append([entry])[0] }
}
