package import CairnCatalog
import CairnFormat
import CairnLog
import CairnSystem
package import CairnTopics
import CoreMetrics
import Logging

/// Announces a partition's delivered files and their digests, each at least once, after it can be read, in order.
///
/// Its place is saved after publishing: a crash between repeats a notice, never loses one. Copies in the `delivered`
/// log are passed over by the covered rule (design 5, step 5).
package struct Notifier: Sendable {
    /// How far a partition is announced.
    package struct Place: Sendable, Equatable, Codable {
        package var next: UInt64 = 1

        package init() {}
    }

    private let context: PartitionContext
    private let catalog: Catalog
    private let progress: ProgressKeeper
    private let topic: @Sendable (TopicName) async throws(TopicError) -> any Topic

    /// - Parameter topic: gives the topic of a name, for this partition.
    package init(
        _ context: PartitionContext,
        catalog: Catalog,
        progress: ProgressKeeper,
        topic: @escaping @Sendable (TopicName) async throws(TopicError) -> any Topic
    ) {
        self.context = context
        self.catalog = catalog
        self.progress = progress
        self.topic = topic
    }

    private static func key(_ partition: Int) -> String { "notified/\(partition)" }

    /// How far a partition is announced.
    package static func place(_ partition: Int, in catalog: Catalog) async throws(CatalogError) -> UInt64 {
        try await catalog.read(key(partition), as: Place.self)?.content.next ?? 1
    }

    package func place() async throws(CatalogError) -> UInt64 { try await Self.place(context.partition, in: catalog) }

    /// Works until the task is cancelled.
    ///
    /// - Parameter upkeep: is done whenever there is nothing to announce, never beside an announcement.
    package func run(upkeep: () async -> Void = {}) async {
        var covered: [Lane: (epoch: UInt64, until: UInt64)] = [:]
        var seen: UInt64 = 0
        while !Task.isCancelled {
            var wait = context.settings.pollInterval
            do throws(DeliveryError) {
                // Nobody else announces this partition while we hold its lease: without a new entry there is nothing to do.
                let end: UInt64
                do throws(LogError) { end = try await context.delivered.end() } catch { throw .log(error) }
                if end != seen {
                    if try await step(&covered) { wait = .zero } else { seen = end }
                }
            } catch {
                context.metrics.failures.increment()
                context.logger.error(
                    "deliveries of a partition cannot be announced; they are tried again",
                    metadata: ["partition": "\(context.partition)", "error": "\(error)"])
                wait = .seconds(1)
            }
            guard wait > .zero else { continue }
            await upkeep()
            do { try await context.time.sleep(for: wait) } catch { return }
        }
    }

    /// Announces what the next piece of the `delivered` log says. False when there is nothing new.
    func step(_ covered: inout [Lane: (epoch: UInt64, until: UInt64)]) async throws(DeliveryError) -> Bool {
        let chunk: LogChunk
        let place: UInt64
        do throws(CatalogError) { place = try await self.place() } catch { throw .catalog(error) }
        do throws(LogError) {
            chunk = try await context.delivered.read(from: place, byteCountMax: 256 << 10)
        } catch {
            throw .log(error)
        }
        guard !chunk.frames.isEmpty else { return false }
        // What is covered counts only once it is published: what fails is announced again, not taken for a copy.
        var reached = covered
        var notices: [(topic: String, notice: TopicNotice)] = []
        for frame in chunk.frames {
            if frame.kind == .digest {
                guard let digest = DigestNotice(json: chunk.payload(frame)) else {
                    throw .unreadable(
                        partition: context.partition, sequence: frame.sequence, reason: "no notice of a digest")
                }
                notices.append(
                    (
                        digest.topic,
                        TopicNotice(
                            id: LogID(digest.id), lane: digest.lane, at: digest.at,
                            message: Notice(bucket: digest.bucket, keys: [digest.key]).message)
                    ))
            }
            guard frame.kind == .delivered else { continue }
            guard let record = DeliveredCoding.decode(chunk.payload(frame)) else {
                throw .unreadable(partition: context.partition, sequence: frame.sequence, reason: "no delivered record")
            }
            if let known = reached[record.lane], (record.epoch, record.from) < known { continue }
            reached[record.lane] = (record.epoch, record.until)
            guard record.kind == .file, let file = record.file else { continue }
            progress.delivered(record.lane, at: frame.at)
            guard let topic = file.topic else { continue }
            notices.append(
                (
                    topic,
                    TopicNotice(
                        id: LogID(record.id), lane: record.lane, at: record.at,
                        message: Notice(bucket: file.bucket, keys: [file.key]).message)
                ))
        }
        var byTopic: [String: [TopicNotice]] = [:]
        for (topic, notice) in notices { byTopic[topic, default: []].append(notice) }
        for (name, notices) in byTopic.sorted(by: { $0.key < $1.key }) {
            do throws(TopicError) {
                try await topic(try TopicName(name)).publish(notices)
                let now = context.time.now.milliseconds
                for notice in notices { progress.announced(notice.lane, at: now) }
            } catch {
                context.logger.error(
                    "a topic does not take notices", metadata: ["topic": "\(name)", "error": "\(error)"])
                if case .log(let error) = error { throw .log(error) }
                throw .unreadable(partition: context.partition, sequence: place, reason: error.description)
            }
        }
        let next = chunk.next
        do throws(CatalogError) {
            _ = try await catalog.update(Self.key(context.partition), initial: Place()) {
                (place) throws(CatalogError) in
                place.next = max(place.next, next)
            }.get()
        } catch { throw .catalog(error) }
        covered = reached
        return true
    }
}
