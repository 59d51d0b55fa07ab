/// How a worker cuts and delivers. All limits are per partition.
package struct DeliverySettings: Sendable {
    /// An event waits no longer than this before its file is cut.
    package var cutAge: Duration = .seconds(60)
    /// A lane's file is cut at this many uncompressed bytes; at most ``cutByteCountLimit``.
    package var cutByteCount = 32 << 20
    /// All lanes are cut when they hold this many bytes together.
    package var memoryByteCount = 96 << 20
    /// A lane that cannot put its file for this long leaves the shared cut.
    package var patience: Duration = .seconds(30)
    /// How long to wait before looking at an idle log again.
    package var pollInterval: Duration = .milliseconds(50)
    /// How much of the log is read at once.
    package var readByteCount = 4 << 20
    /// How many files are made at the same time.
    package var parallelism = 2
    /// The longest wait between two attempts for a lane that is set apart.
    package var retryIntervalMax: Duration = .seconds(30)

    /// A file's body stays below 50 MB with one more batch of 4 MiB.
    package static let cutByteCountLimit = 40 << 20

    package init() {}
}
