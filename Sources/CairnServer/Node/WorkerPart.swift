import CairnCatalog
import CairnDelivery
import CairnDigests
import CairnFormat
import CairnHistory
import CairnKeys
import CairnLog
import CairnObjects
import CairnSystem
import CairnTopics
import CairnTrails
import CoreMetrics
import Logging

/// The delivery worker's part of a node: takes the leases of partitions and delivers them.
struct WorkerPart: Sendable {
    let directory: DataDirectory
    let seams: Seams
    let hold: ClockHold
    let catalog: Catalog
    let keys: any KeyService
    let keyring: Keyring
    let logKeys: LogKeys
    let deployment: Deployment
    let settings: NodeSettings
    let store: any ObjectStore
    let queues: QueueService
    let subscriptions: SubscriptionService
    let outlets: Outlets.Opening
    let feeds: FeedSinks.Opening
    let factory: any MetricsFactory
    let logger: Logger
    /// The logs to read; of the door in this process, or read-only.
    let log: @Sendable (_ partition: Int) -> any EventLog

    /// How long an embedded topic keeps a notice that nobody fetched.
    private static let retention = Duration.seconds(14 * 86_400)

    /// Works on every partition whose lease it gets, until the task is cancelled.
    func run() async {
        let metrics = DeliveryMetrics(factory: factory)
        let matchers = MatcherLibrary(catalog: catalog)
        // The anchor once, before every Region asks for a key at the same moment. Later is early enough, should this fail.
        try? await keyring.maintainSigning([deployment.homeRegion])
        await withTaskGroup(of: Void.self) { group in
            for partition in 0..<deployment.partitionCount {
                group.addTask { await work(on: partition, metrics: metrics, matchers: matchers) }
            }
        }
    }

    private func work(
        on partition: Int, metrics: DeliveryMetrics, matchers: MatcherLibrary
    ) async {
        while !Task.isCancelled {
            do {
                if let lease = try await seams.disk.lock(directory.lease(partition)) {
                    try await own(partition, metrics: metrics, matchers: matchers)
                    withExtendedLifetime(lease) {}
                    return
                }
            } catch {
                if Task.isCancelled { return }
                logger.error(
                    "a partition cannot be worked on; it is tried again",
                    metadata: ["partition": "\(partition)", "error": "\(error)"])
            }
            do { try await seams.time.sleep(for: .seconds(1)) } catch { return }
        }
    }

    /// Delivers a partition whose lease we hold.
    private func own(
        _ partition: Int, metrics: DeliveryMetrics, matchers: MatcherLibrary
    ) async throws {
        let findings = FindingLog(catalog: catalog, time: seams.time, logger: logger)
        let (delivered, gaps) = try await seams.ownerLogs.open(
            OwnerLogs.Opening(
                directory: directory.delivered(partition), quarantine: directory.quarantine, keys: logKeys,
                limits: settings.deliveredSegments, known: try await Notifier.place(partition, in: catalog)))
        await findings.add(gaps)
        let topics = TopicLogs(
            seams: seams, directory: directory, partition: partition, keys: logKeys, limits: settings.topicSegments,
            findings: findings, logger: logger)
        let context = PartitionContext(
            partition: partition,
            partitionCount: deployment.partitionCount,
            log: log(partition),
            delivered: delivered,
            cursor: CursorDocument(catalog: catalog, partition: partition),
            matchers: matchers,
            store: store,
            naming: LogFileNaming(key: deployment.nameKey),
            keys: keys,
            time: seams.time,
            random: seams.random,
            settings: settings.delivery,
            metrics: metrics,
            findings: findings,
            logger: logger
        )
        let progress = ProgressKeeper(partition: partition, catalog: catalog)
        let notifier = Notifier(context, catalog: catalog, progress: progress) { (name) async throws(TopicError) in
            try await topics.topic(name)
        }
        let forwarders = Forwarders(
            context: Forwarder.Context(
                partition: partition, subscriptions: subscriptions, opening: outlets, time: seams.time,
                random: seams.random, metrics: metrics, findings: findings, logger: logger,
                pollInterval: settings.delivery.pollInterval),
            subscriptions: subscriptions, topics: topics, time: seams.time, logger: logger)
        let feeds = Feeds(
            context: context, partition: partition, catalog: catalog, sinks: feeds, time: seams.time, logger: logger)
        let keeper = keeper(partition, delivered: delivered, store: store, findings: findings, progress: progress)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await hold.whileBelieved(partition: partition) {
                    await withTaskGroup(of: Void.self) { timed in
                        timed.addTask { await keeper.run() }
                        timed.addTask { await SharedCuts(context).run() }
                        timed.addTask { await LoneCuts(context).run() }
                    }
                }
            }
            group.addTask { await notifier.run { await topics.recover(for: queues, subscriptions) } }
            group.addTask { await forwarders.run() }
            group.addTask { await feeds.run() }
            if let history = history(of: partition) { group.addTask { await history.run() } }
            group.addTask { await keepUp(partition, delivered, notifier, keeper, topics, progress) }
        }
        await save(progress, of: partition)
        await delivered.close()
        await topics.close()
    }

    /// Puts a partition's events into event history, if one is kept.
    private func history(of partition: Int) -> HistoryKeeper? {
        guard let settings = settings.history else { return nil }
        return HistoryKeeper(
            partition: partition, log: log(partition), shelf: HistoryShelf(directory.history(partition)),
            keys: EventHistory.keys(deployment, keyring: keyring, random: seams.random), settings: settings,
            time: seams.time, logger: logger)
    }

    /// The keeper of a partition's digest chains.
    private func keeper(
        _ partition: Int, delivered: any EventLog, store: any ObjectStore, findings: FindingLog,
        progress: ProgressKeeper
    ) -> DigestKeeper {
        let files = PublicFiles(
            keyring: keyring, seams: seams, directory: directory, logger: logger, writer: "work-\(partition)")
        let log = log(partition)
        let trails = TrailPlaces(catalog: catalog)
        let count = deployment.partitionCount
        let time = seams.time
        return DigestKeeper(
            partition: partition,
            seams: DigestKeeper.Seams(
                delivered: delivered, store: store, catalog: catalog,
                signer: DigestSigner(keyring) { await files.publish($0) }, time: seams.time,
                find: { await findings.add(kind: $0, subject: $1, text: $2) },
                logEnd: { () throws(LogError) in try await log.end() },
                report: { chain, trail, failure in
                    progress.digested(
                        TrailProgress.Key(trail: trail, region: chain.region), of: chain.account, failure: failure,
                        at: time.now.milliseconds)
                },
                place: { (trail) throws(CatalogError) in try await trails.place(trail) }),
            settings: settings.digests, metrics: DigestKeeper.Metrics(factory: factory), logger: logger
        ) { PartitionRule.partition($0.account, $0.region, count: count) == partition }
    }

    /// Writes down how trails get on. Nothing depends on it: what fails is tried the next time.
    private func save(_ progress: ProgressKeeper, of partition: Int) async {
        do throws(CatalogError) {
            try await progress.save(trails: try await catalog.routing().map { Set($0.trails.map(\.id)) })
        } catch {
            logger.warning(
                "how the trails of a partition get on cannot be saved; it is tried again",
                metadata: ["partition": "\(partition)", "error": "\(error)"])
        }
    }

    /// Lets go of what is announced and digested, and of notices that everybody had.
    private func keepUp(
        _ partition: Int, _ delivered: any EventLog, _ notifier: Notifier, _ keeper: DigestKeeper, _ topics: TopicLogs,
        _ progress: ProgressKeeper
    ) async {
        while !Task.isCancelled {
            do { try await seams.time.sleep(for: .seconds(10)) } catch { return }
            await save(progress, of: partition)
            do {
                let needed = min(try await notifier.place(), keeper.floor)
                try await delivered.trim(upTo: needed, olderThan: .max)
                try await topics.trim(queues: queues, subscriptions, retention: Self.retention)
            } catch {
                logger.warning(
                    "upkeep of a partition failed; it is tried again",
                    metadata: ["partition": "\(partition)", "error": "\(error)"])
            }
        }
    }
}
