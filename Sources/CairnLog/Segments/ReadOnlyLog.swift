package import CairnKeys
package import CairnSystem

/// A log that another process writes.
package struct ReadOnlyLog: EventLog {
    private let reader: SegmentReader
    private let directory: String

    package init(disk: any Disk, directory: String, keys: LogKeys) {
        reader = SegmentReader(disk: disk, directory: directory, keys: keys)
        self.directory = directory
    }

    package func append(_ entries: [LogEntry]) async throws(LogError) -> [UInt64] {
        throw .readOnly(directory: directory)
    }

    package func flush() async throws(LogError) {}

    package func read(
        from: UInt64, byteCountMax: Int, wanted: Set<AccountRegion>?
    ) async throws(LogError) -> LogChunk {
        try await reader.read(from: from, byteCountMax: byteCountMax, wanted: wanted)
    }

    package func end() async throws(LogError) -> UInt64 { try await reader.end() }

    package func bounds() async throws(LogError) -> LogBounds { try await reader.bounds() }

    package func trim(upTo: UInt64, olderThan: Int64) async throws(LogError) { throw .readOnly(directory: directory) }

    /// Lets go of the files it holds open.
    package func close() async { await reader.close() }
}
