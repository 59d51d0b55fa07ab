package import CairnCatalog
package import CairnFormat
import CairnLog
import CairnNative
import CairnSystem
package import CairnTopics
import CairnTrails
import CoreMetrics
import Logging

/// Sends a partition's events to one destination of trails as they come in: each at least once, to a log group in order for
/// each account and Region. A destination that is away delays its own events and nobody else's.
///
/// It reads the log beside delivery and routes as delivery does, by the markers: which trail's events go where is a function of the
/// log. Its place is saved after sending. Not for use by two tasks at once.
package final class FeedReader {
    /// What one step came to.
    private enum Step {
        case more
        case idle
        case away(String)
        /// No trail names the destination any more.
        case over
    }

    private static let readByteCount = 256 << 10
    private static let parallelism = 4
    private static let savePause = Duration.seconds(1)
    private static let firstPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(60)
    /// How long what is gone from the log may come again: a file that somebody took away is made again by the door.
    private static let absence = Duration.seconds(5)

    private let context: PartitionContext
    private let catalog: Catalog
    private let destination: FeedDestination
    private let sink: any FeedSink
    private let facts = EventFactsReader()
    private var place: FeedPlace?
    /// What was read and is not sent, by series, and where the place is when it is.
    private var waiting: [FeedSeries: ArraySlice<[UInt8]>] = [:]
    private var reached: (next: UInt64, revision: UInt64)?
    private var saved: FeedPlace?
    private var savedAt = Duration.zero
    private var lookedAt = Duration.zero
    /// Since when the log lacks what is next.
    private var goneSince: Duration?

    package init(
        _ context: PartitionContext, catalog: Catalog, _ destination: FeedDestination, sink: any FeedSink
    ) {
        (self.context, self.catalog, self.destination, self.sink) = (context, catalog, destination, sink)
    }

    /// Works until the task is cancelled, or no trail names the destination any more.
    package func run() async {
        var failures = 0
        while !Task.isCancelled {
            var wait = context.settings.pollInterval
            do throws(DeliveryError) {
                switch try await step() {
                case .more: (failures, wait) = (0, .zero)
                case .idle: failures = 0
                case .over: return
                case .away(let reason):
                    failures += 1
                    wait = min(Self.longestPause, Self.firstPause * (1 << min(failures - 1, 6)))
                    try await fail(reason)
                }
            } catch {
                if case .cancelled = error { return }
                context.logger.error(
                    "events of a partition cannot be sent on; it is tried again",
                    metadata: [
                        "partition": "\(context.partition)", "destination": "\(destination)", "error": "\(error)",
                    ])
                (place, waiting, reached, wait) = (nil, [:], nil, .seconds(1))
            }
            guard wait > .zero else { continue }
            do { try await context.time.sleep(for: wait) } catch { break }
        }
        // In order: what was sent is not sent again by the next start.
        try? await save()
    }

    private func step() async throws(DeliveryError) -> Step {
        if place == nil { place = try await begin() }
        if reached == nil {
            guard try await read() else {
                try await save()
                return try await isOver() ? .over : .idle
            }
        }
        if let failure = await send() { return .away(failure) }
        guard let reached else { return .idle }
        self.reached = nil
        place?.move(to: reached.next, reached.revision)
        if let failure = place?.failure {
            context.logger.notice(
                "events are taken again",
                metadata: [
                    "destination": "\(destination)", "since": "\(Timestamp(milliseconds: failure.since).iso8601)",
                ])
            place?.failure = nil
            try await save()
        } else if context.time.uptime - savedAt >= Self.savePause {
            try await save()
        }
        return .more
    }

    // MARK: Reading

    /// The place as it was saved; of a new destination, where delivery is.
    private func begin() async throws(DeliveryError) -> FeedPlace {
        let cursor: Cursor
        let known: FeedPlace?
        do throws(CatalogError) {
            known = try await catalog.read(FeedPlace.key(destination, context.partition), as: FeedPlace.self)?.content
            cursor = try await context.cursor.read()
        } catch { throw .catalog(error) }
        if let known { return known }
        let new = FeedPlace(destination, next: cursor.next, revision: cursor.revision)
        do throws(CatalogError) {
            return try await catalog.update(FeedPlace.key(destination, context.partition), initial: new) {
                (place) throws(CatalogError) in place
            }.get()
        } catch { throw .catalog(error) }
    }

    /// Takes in the next piece of the log. False when there is nothing new.
    private func read() async throws(DeliveryError) -> Bool {
        guard let place else { return false }
        let chunk: LogChunk
        do throws(LogError) {
            guard try await context.log.end() > place.next else { return false }
            chunk = try await context.log.read(from: place.next, byteCountMax: Self.readByteCount)
        } catch {
            guard case .trimmed = error else { throw .log(error) }
            let since = goneSince ?? context.time.uptime
            goneSince = since
            guard context.time.uptime - since >= Self.absence else { return false }
            goneSince = nil
            try await skip()
            return false
        }
        goneSince = nil
        guard chunk.next > place.next else { return false }
        var revision = place.revision
        var matcher: TrailMatcher
        do throws(DeliveryError) { matcher = try await context.matcher(revision) } catch {
            guard case .unknownRevision = error else { throw error }
            try await skip()
            return false
        }
        for frame in chunk.frames {
            if frame.kind == .marker {
                let new: UInt64 = chunk.payload(frame).number(at: 0)
                guard new > revision else { continue }
                (revision, matcher) = (new, try await context.matcher(new))
            }
            if frame.kind == .batch { take(try context.range.batch(frame, chunk), of: chunk, by: matcher) }
        }
        reached = (chunk.next, revision)
        return true
    }

    /// Takes the events of a batch that go to the destination. One that several trails send there goes once.
    private func take(_ batch: Batch, of chunk: LogChunk, by matcher: TrailMatcher) {
        let view = matcher.view(account: batch.account, region: batch.region)
        guard !view.isEmpty else { return }
        var found: [Int] = []
        var at = batch.body.lowerBound
        for i in 0..<batch.count {
            let (outline, length) = batch.outline(i)
            let range = at..<at + length
            at += length + 1
            found.removeAll(keepingCapacity: true)
            view.match(outline, facts: { facts.read(chunk.bytes, range) }, into: &found)
            guard let trail = found.first(where: { matcher.trails[$0].feeds.contains(destination) }) else { continue }
            let series = FeedSeries(
                organization: matcher.trails[trail].organization, account: batch.account, region: batch.region)
            waiting[series, default: []].append(Array(chunk.bytes[range]))
        }
    }

    /// Goes on where delivery is. What lies before is gone from the log, and was not sent, unless another worker, who believes the
    /// partition its own, did.
    private func skip() async throws(DeliveryError) {
        let cursor: Cursor
        let saved: FeedPlace?
        do throws(CatalogError) {
            cursor = try await context.cursor.read()
            saved = try await catalog.read(FeedPlace.key(destination, context.partition), as: FeedPlace.self)?.content
        } catch { throw .catalog(error) }
        guard let next = saved?.next ?? place?.next else { return }
        if next >= cursor.next {
            place = saved
            return
        }
        await context.findings.add(
            kind: .eventsNotSent, subject: "\(destination) partition \(context.partition)",
            text:
                "events \(next) to \(cursor.next - 1) of the partition were not taken while the log had room for them, and are not "
                + "sent any more; they are in their log files")
        place?.move(to: cursor.next, cursor.revision)
        try await save()
    }

    /// Whether the destination has had all, and none is to come.
    private func isOver() async throws(DeliveryError) -> Bool {
        guard context.time.uptime - lookedAt >= Self.savePause, let place else { return false }
        lookedAt = context.time.uptime
        let newest = try await context.matchers.newest()
        if newest?.trails.contains(where: { $0.feeds.contains(destination) }) ?? false { return false }
        // The marker that says so may still come: events before it are the destination's.
        guard let newest, place.revision >= newest.revision else { return false }
        do throws(CatalogError) { try await catalog.remove(FeedPlace.key(destination, context.partition)) } catch {
            throw .catalog(error)
        }
        self.place = nil
        return true
    }

    // MARK: Sending

    /// Sends what waits. Returns why some of it was not taken.
    private func send() async -> String? {
        let now = context.time.now.milliseconds
        let sink = sink
        let work = waiting.sorted { $0.key < $1.key }
        let results = await withTaskGroup(of: Sent.self) { group in
            var results: [Sent] = []
            for (i, (series, events)) in work.enumerated() {
                if i >= Self.parallelism, let sent = await group.next() { results.append(sent) }
                group.addTask { Sent(series: series, progress: await sink.send(events, of: series, at: now)) }
            }
            for await sent in group { results.append(sent) }
            return results.sorted { $0.series < $1.series }
        }
        var failure: String?
        var leftOut: [String: Int] = [:]
        for sent in results {
            let rest = sent.progress.rest
            let goneCount = (waiting[sent.series]?.count ?? 0) - rest.count
            waiting[sent.series] = rest.isEmpty ? nil : rest[...]
            leftOut.merge(sent.progress.leftOut) { $0 + $1 }
            failure = failure ?? sent.progress.failure
            let leftOutCount = sent.progress.leftOut.values.reduce(0, +)
            context.metrics.fedEvents.increment(by: goneCount - leftOutCount)
            if goneCount > leftOutCount { place?.deliveredAt = now }
        }
        for (reason, count) in leftOut.sorted(by: { $0.key < $1.key }) {
            context.metrics.unfedEvents.increment(by: count)
            await context.findings.add(
                kind: .eventsNotSent, subject: "\(destination): \(reason)",
                text: "\(count) events were left out (\(reason)); they are in their log files")
        }
        return failure
    }

    private struct Sent: Sendable {
        var series: FeedSeries
        var progress: FeedProgress
    }

    private func fail(_ reason: String) async throws(DeliveryError) {
        context.metrics.feedFailures.increment()
        let known = place?.failure
        place?.failure = DestinationFailure(since: known?.since ?? context.time.now.milliseconds, reason: reason)
        guard known?.reason != reason else { return }
        context.logger.error(
            "events are not taken; they are tried again, and everything else goes on",
            metadata: ["destination": "\(destination)", "partition": "\(context.partition)", "reason": "\(reason)"])
        try await save()
    }

    private func save() async throws(DeliveryError) {
        guard let place, place != saved else { return }
        savedAt = context.time.uptime
        do throws(CatalogError) {
            _ = try await catalog.update(FeedPlace.key(destination, context.partition), initial: place) {
                (saved) throws(CatalogError) in
                // Another worker who believes the partition its own may have come further.
                if place.next >= saved.next { saved.move(to: place.next, place.revision) }
                (saved.deliveredAt, saved.failure) = (place.deliveredAt, place.failure)
            }.get()
        } catch { throw .catalog(error) }
        saved = place
    }
}
