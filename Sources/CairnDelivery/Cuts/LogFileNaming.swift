package import CairnFormat
import CairnNative

/// Names log files so that every worker gives the same file the same name, and nobody else can guess it.
///
/// The 16 characters are base 62 of HMAC-SHA-256, under the deployment's name key, over lane, partition, epoch and
/// range.
package struct LogFileNaming: Sendable {
    private let key: [UInt8]

    /// - Parameter key: 32 bytes.
    package init(key: [UInt8]) { self.key = key }

    package func name(lane: Lane, partition: Int, epoch: UInt64, from: UInt64, until: UInt64, at: Int64) -> LogFileName
    {
        let message = "\(lane) \(partition) \(epoch) \(from) \(until)"
        let unique = Base62.encode(HMAC.sha256(key: key, Array(message.utf8)).array, count: 16)
        return LogFileName(
            account: lane.account,
            folder: lane.folder,
            region: lane.region,
            time: EventTime(seconds: at / 1_000),
            unique: unique
        )
    }
}
