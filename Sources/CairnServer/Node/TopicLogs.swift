import CairnDelivery
import CairnKeys
import CairnLog
import CairnSystem
import CairnTopics

/// The logs of the embedded topics that a partition's owner writes, opened when first needed.
actor TopicLogs {
    private let seams: Seams
    private let directory: DataDirectory
    private let partition: Int
    private let keys: LogKeys
    private let findings: FindingLog
    private var logs: [String: SegmentLog] = [:]

    init(seams: Seams, directory: DataDirectory, partition: Int, keys: LogKeys, findings: FindingLog) {
        self.seams = seams
        self.keys = keys
        self.directory = directory
        self.partition = partition
        self.findings = findings
    }

    /// The topic of a name.
    func topic(_ name: TopicName) async throws(TopicError) -> any Topic {
        if let log = logs[name.text] { return QueueTopic(log: log) }
        var limits = SegmentLimits()
        limits.segmentByteCount = 1 << 20
        do throws(LogError) {
            let (log, gaps) = try await SegmentLog.open(
                disk: seams.disk, random: seams.random, keys: keys, directory: directory.topic(name, partition),
                quarantine: directory.quarantine, limits: limits)
            await findings.add(gaps)
            // Only the notifier asks, one call at a time: nobody has opened it meanwhile.
            logs[name.text] = log
            return QueueTopic(log: log)
        } catch {
            throw .log(error)
        }
    }

    /// Lets notices go that every queue has had, and those nobody fetched within the retention.
    func trim(queues: QueueService, retention: Duration) async throws(TopicError) {
        for (name, log) in logs {
            let needed = try await queues.needed(try TopicName(name), partition)
            do throws(LogError) {
                if let needed { try await log.trim(upTo: needed, olderThan: .max) }
                try await log.trim(upTo: .max, olderThan: seams.time.now.milliseconds - retention.milliseconds)
            } catch { throw .log(error) }
        }
    }

    func close() async {
        for log in logs.values { await log.close() }
    }
}
