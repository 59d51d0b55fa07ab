import CairnCatalog
import CairnDelivery
import CairnDigests
import CairnDocuments
import CairnFormat
import CairnKeys
import CairnLog
import CairnObjects
import CairnRemote
import CairnServer
import CairnSystem
import CairnTestKit
import CairnTopics

/// The commands beside the node, on the same disk and documents: nothing fails for them.
struct Console: Sendable {
    let world: World
    let settings: NodeSettings
    let catalog: Catalog
    let store: DirectoryStore
    let directory: DataDirectory

    init(_ world: World, settings: NodeSettings) {
        (self.world, self.settings) = (world, settings)
        catalog = Catalog(world.documents)
        directory = DataDirectory(settings.dataDirectory)
        store = DirectoryStore(disk: world.disk, root: directory.buckets)
    }

    var seams: Seams {
        Seams(
            disk: world.disk, time: world.time, random: world.dice("console"),
            environment: { _ in nil }, clockIsKept: { true },
            documents: { [world] (_) throws(DocumentError) in world.documents },
            objects: { [world] in DirectoryStore(disk: world.disk, root: $0) },
            s3: { (_) throws(CredentialsProblem) in throw CredentialsProblem("there is no S3 in a simulated world") },
            outlets: { (_, _, _) throws(TopicError) in
                { (_) throws(TopicError) in throw .away("there are no others in a simulated world") }
            },
            feeds: { (_) throws(TopicError) in throw .away("the console sends no events") },
            kms: { [world] (_) throws(KeyError) in world.kms }, makeRSAKey: { [world] _ in world.keys.make() },
            ownerLogs: world.plan.hasRivals
                ? OwnerLogs(
                    open: { [world] (opening) async throws(LogError) in (world.stream(opening.directory), []) },
                    isThere: { (_) throws(DiskError) in true }, read: { [world] name, _ in world.stream(name) })
                : .segments(disk: world.disk, random: world.dice("console logs"), time: world.time))
    }

    func keyring() async throws -> Keyring {
        try await Node.keyring(world.documents, settings, seams, isMade: false)
    }

    func queues(_ keyring: Keyring) async throws -> QueueService {
        Node.queues(
            directory, seams, world.documents, keys: try await keyring.logKeys(),
            partitionCount: world.plan.partitionCount)
    }

    /// Subscriptions, which need no key to be made or looked at.
    ///
    /// - Parameter keys: of the topics' logs; nil before there are any.
    func subscriptions(_ keys: LogKeys?) -> SubscriptionService {
        Node.subscriptions(
            directory, seams, world.documents, keys: keys ?? .fixed, partitionCount: world.plan.partitionCount)
    }

    /// Whether everything that came in is delivered and announced. Nil: it cannot be told now; else what is not.
    func backlog(_ keys: LogKeys) async -> String? {
        do {
            for partition in 0..<world.plan.partitionCount {
                let state = try await PartitionState.read(
                    partition, catalog: catalog, directory: directory, seams: seams, keys: keys)
                if state.cursor.trimmable < state.end {
                    return "partition \(partition) is delivered up to \(state.cursor.trimmable) of \(state.end)"
                }
                if state.cursor.intent != nil || !state.cursor.apart.isEmpty {
                    return "partition \(partition) has cuts under way"
                }
                let delivered = seams.ownerLogs.read(directory.delivered(partition), keys)
                let end = try await delivered.end()
                await delivered.close()
                let place = try await Notifier.place(partition, in: catalog)
                if place < end { return "partition \(partition) is announced up to \(place) of \(end)" }
            }
            return nil
        } catch { return "\(error)" }
    }

    /// Whether anything was cut so far.
    func hasCut() async -> Bool {
        for partition in 0..<world.plan.partitionCount {
            if let cursor = try? await CursorDocument(catalog: catalog, partition: partition).read(), cursor.at > 0 {
                return true
            }
        }
        return false
    }

    /// When all open chains will have made a digest that covers this moment. Behind a clock that was set back that is more than a
    /// period away.
    func nextDigests() async throws -> Int64 {
        let (now, period) = (world.time.now.seconds, Int64(world.plan.digestSeconds))
        return try await HeadDocuments(catalog).list().filter(\.isOpen).map { head in
            let next = head.nextEnd(period: period).seconds
            return next > now ? next : next + ((now - next) / period + 1) * period
        }.max() ?? 0
    }

    /// What of the digests is late; nil: nothing.
    func lateDigest() async -> String? {
        do {
            let now = EventTime(seconds: world.time.now.seconds)
            for head in try await HeadDocuments(catalog).list() where head.isOpen {
                let end = head.end?.seconds ?? 0
                if end + Int64(2 * world.plan.digestSeconds) < now.seconds {
                    return "the newest digest of \(head.name) ends at \(end), and it is \(now.seconds)"
                }
            }
            return nil
        } catch { return "\(error)" }
    }
}
