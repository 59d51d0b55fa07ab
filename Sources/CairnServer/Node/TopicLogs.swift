import CairnDelivery
import CairnKeys
import CairnLog
import CairnSystem
import CairnTopics
import Logging

/// The logs of the embedded topics that a partition's owner writes, opened when first needed.
actor TopicLogs {
    private let seams: Seams
    private let directory: DataDirectory
    private let partition: Int
    private let keys: LogKeys
    private let limits: SegmentLimits
    private let findings: FindingLog
    private let logger: Logger
    private var logs: [String: any EventLog] = [:]
    /// Topics whose logs are there and that were not opened yet; nil: not looked for.
    private var unopened: [TopicName]?
    /// No look before this, in uptime.
    private var nextLook = Duration.zero

    init(
        seams: Seams, directory: DataDirectory, partition: Int, keys: LogKeys, limits: SegmentLimits,
        findings: FindingLog, logger: Logger
    ) {
        self.logger = logger
        self.limits = limits
        self.seams = seams
        self.keys = keys
        self.directory = directory
        self.partition = partition
        self.findings = findings
    }

    /// The topic of a name.
    func topic(_ name: TopicName) async throws(TopicError) -> any Topic {
        if let log = logs[name.text] { return QueueTopic(log: log) }
        do throws(LogError) {
            let (log, gaps) = try await seams.ownerLogs.open(
                OwnerLogs.Opening(
                    directory: directory.topic(name, partition), quarantine: directory.quarantine, keys: keys,
                    limits: limits))
            await findings.add(gaps)
            // Only the notifier asks, one call at a time: nobody has opened it meanwhile.
            logs[name.text] = log
            return QueueTopic(log: log)
        } catch {
            throw .log(error)
        }
    }

    /// The log of a topic, once it is open.
    func opened(_ name: TopicName) -> (any EventLog)? { logs[name.text] }

    /// Opens the logs that queues and subscriptions read: after a loss of power the end of a log shows only once its owner has opened it, and the
    /// next notice may be far away. What fails is tried again. Only the notifier asks, as in ``topic(_:)``.
    func recover(for queues: QueueService, _ subscriptions: SubscriptionService) async {
        guard unopened?.isEmpty != true, seams.time.uptime >= nextLook else { return }
        nextLook = seams.time.uptime + .seconds(1)
        let topics: [TopicName]
        do throws(TopicError) {
            if let unopened {
                topics = unopened
            } else {
                topics = try await queues.queues().map(\.queue.topic) + subscriptions.all().map(\.topic)
            }
        } catch { return warn(error) }
        var failed: [TopicName] = []
        for name in topics where logs[name.text] == nil {
            do throws(TopicError) {
                if try await isThere(name) { _ = try await topic(name) }
            } catch {
                // The others do not wait for it.
                failed.append(name)
                warn(error)
            }
        }
        unopened = failed
    }

    private func warn(_ error: TopicError) {
        logger.warning(
            "the log of a topic cannot be opened; it is tried again",
            metadata: ["partition": "\(partition)", "error": "\(error)"])
    }

    private func isThere(_ name: TopicName) async throws(TopicError) -> Bool {
        do throws(DiskError) { return try await seams.ownerLogs.isThere(directory.topic(name, partition)) } catch {
            throw .log(LogError(error))
        }
    }

    /// Lets notices go that every queue and every subscription has had, and those nobody fetched within the retention.
    func trim(
        queues: QueueService, _ subscriptions: SubscriptionService, retention: Duration
    ) async throws(TopicError) {
        for (name, log) in logs.sorted(by: { $0.key < $1.key }) {
            let topic = try TopicName(name)
            let needed = [
                try await queues.needed(topic, partition), try await subscriptions.needed(topic, partition),
            ].compactMap(\.self).min()
            do throws(LogError) {
                if let needed { try await log.trim(upTo: needed, olderThan: .max) }
                try await log.trim(upTo: .max, olderThan: seams.time.now.milliseconds - retention.milliseconds)
            } catch { throw .log(error) }
        }
    }

    func close() async {
        for (_, log) in logs.sorted(by: { $0.key < $1.key }) { await log.close() }
    }
}
