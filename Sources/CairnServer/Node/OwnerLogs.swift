package import CairnKeys
package import CairnLog
package import CairnSystem

/// The logs that the owner of a partition writes, each in a directory: the list of deliveries, and the notices of topics.
package struct OwnerLogs: Sendable {
    /// What a log is opened with to be written.
    package struct Opening: Sendable {
        package var directory: String
        package var quarantine: String
        package var keys: LogKeys
        package var limits: SegmentLimits
        /// A sequence that is known to have been durable.
        package var known: UInt64 = 1
    }

    /// Opens one to be written, and says which gaps it has.
    package let open: @Sendable (Opening) async throws(LogError) -> (log: any EventLog, gaps: [LogGap])
    /// Whether there is one.
    package let isThere: @Sendable (_ directory: String) async throws(DiskError) -> Bool
    /// Opens one to be read.
    package let read: @Sendable (_ directory: String, LogKeys) -> any EventLog

    package init(
        open: @escaping @Sendable (Opening) async throws(LogError) -> (log: any EventLog, gaps: [LogGap]),
        isThere: @escaping @Sendable (_ directory: String) async throws(DiskError) -> Bool,
        read: @escaping @Sendable (_ directory: String, LogKeys) -> any EventLog
    ) {
        (self.open, self.isThere, self.read) = (open, isThere, read)
    }

    /// Files on a disk, which one process at a time may write.
    package static func segments(disk: any Disk, random: any RandomSource, time: any TimeSource) -> OwnerLogs {
        OwnerLogs(
            open: { (opening) async throws(LogError) in
                let (log, gaps) = try await SegmentLog.open(
                    disk: disk, random: random, time: time, keys: opening.keys, directory: opening.directory,
                    quarantine: opening.quarantine, limits: opening.limits, known: opening.known)
                return (log, gaps)
            },
            isThere: { (directory) async throws(DiskError) in
                do throws(DiskError) { return try await disk.isDirectory(directory) } catch {
                    if case .notFound = error { return false }
                    throw error
                }
            },
            read: { ReadOnlyLog(disk: disk, directory: $0, keys: $1) })
    }
}
