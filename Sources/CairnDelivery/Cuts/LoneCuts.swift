import CairnCatalog
package import CairnFormat
import CairnLog
import CairnNative
import CairnObjects
import CairnSystem
import CairnTrails
import CoreMetrics
import Logging

/// Cuts lanes that stand apart: finishes what they began, and lets them catch up with the others.
///
/// A lane whose bucket is away is tried again for ever, with a growing interval, and holds up nobody else.
package struct LoneCuts: Sendable {
    private let context: PartitionContext

    package init(_ context: PartitionContext) { self.context = context }

    /// Works until the task is cancelled.
    package func run() async {
        var retries: [Lane: (at: Duration, interval: Duration)] = [:]
        while !Task.isCancelled {
            var gotOn = false
            if let cursor = try? await context.cursor.read() {
                let now = context.time.uptime
                let lanes = cursor.apart.filter { $0.intent != nil || $0.next < cursor.edge }.map(\.lane)
                let known = Set(lanes)
                retries = retries.filter { known.contains($0.key) }
                let due = lanes.filter { (retries[$0]?.at ?? .zero) <= now }
                let done = await work(on: due)
                gotOn = !done.isEmpty
                for lane in due {
                    if done.contains(lane) {
                        retries[lane] = nil
                    } else {
                        let interval = min(
                            (retries[lane]?.interval ?? .milliseconds(250)) * 2, context.settings.retryIntervalMax)
                        retries[lane] = (context.time.uptime + interval, interval)
                    }
                }
            }
            // With nothing apart, a look every second is enough.
            let wait: Duration = gotOn ? .milliseconds(1) : retries.isEmpty ? .seconds(1) : .milliseconds(50)
            do { try await context.time.sleep(for: wait) } catch { return }
        }
    }

    /// One step for each of the lanes, a few at a time.
    ///
    /// - Returns: those that got on.
    private func work(on lanes: [Lane]) async -> Set<Lane> {
        await withTaskGroup(of: Attempt.self) { group in
            var done: Set<Lane> = []
            for (i, lane) in lanes.enumerated() {
                if i >= context.settings.parallelism, let attempt = await group.next(), attempt.gotOn {
                    done.insert(attempt.lane)
                }
                group.addTask { await attempt(lane) }
            }
            for await attempt in group where attempt.gotOn { done.insert(attempt.lane) }
            return done
        }
    }

    /// How one step of a lane ended.
    private struct Attempt: Sendable {
        var lane: Lane
        var gotOn: Bool
    }

    private func attempt(_ lane: Lane) async -> Attempt {
        guard context.claims.claim(lane) else { return Attempt(lane: lane, gotOn: false) }
        defer { context.claims.release(lane) }
        do throws(DeliveryError) {
            return Attempt(lane: lane, gotOn: try await step(lane))
        } catch {
            if case .stale = error { return Attempt(lane: lane, gotOn: true) }
            context.logger.error(
                "a lane that is set apart waits",
                metadata: ["lane": "\(lane)", "error": "\(error)"]
            )
            return Attempt(lane: lane, gotOn: false)
        }
    }

    /// One cut of one lane. False when it did not work.
    package func step(_ lane: Lane) async throws(DeliveryError) -> Bool {
        let cursor: Cursor
        do { cursor = try await context.cursor.read() } catch { throw .catalog(error) }
        guard let apart = cursor.apart(lane) else { return true }
        if let intent = apart.intent {
            let contents = try await context.range.contents(
                of: intent.entries, until: intent.until, matcher: context.matcher)
            return try await finish(lane, intent, epoch: cursor.epoch, content: contents[lane])
        }
        guard apart.next < cursor.edge else { return true }
        let matcher = try await context.matcher(apart.revision)
        let next = try await context.range.next(
            of: lane, from: apart.next, edge: cursor.edge, limit: context.settings.cutByteCount, matcher: matcher)
        var entry: Cursor.Entry?
        var revision = apart.revision
        if let marker = next.marker, marker > apart.revision {
            revision = marker
            let changes = context.changes(from: matcher, to: try await context.matcher(marker))
            entry = changes.first { $0.lane == lane }
        } else if next.content != nil {
            entry = context.entry(for: lane, from: apart.next, matcher: matcher, isLate: true)
        }
        guard var entry else {
            try await context.cursor.swap { (cursor) throws(Cursor.Stale) in
                try cursor.moveOn(lane, from: apart.next, to: next.until, revision: revision)
            }
            return true
        }
        entry.from = apart.next
        entry.revision = apart.revision
        let (wanted, now) = (entry, context.time.now.milliseconds)
        let begun = try await context.cursor.swap { (cursor) throws(Cursor.Stale) in
            try cursor.beginAlone(wanted, until: next.until, revision: revision, at: now)
        }
        guard let intent = begun.apart(lane)?.intent else { throw .stale }
        return try await finish(lane, intent, epoch: begun.epoch, content: next.content)
    }

    /// Delivers, records and commits a lane's own intent. False when the file could not be put.
    func finish(
        _ lane: Lane, _ intent: Cursor.Intent, epoch: UInt64, content: LaneContent?
    ) async throws(DeliveryError) -> Bool {
        guard let entry = intent.entries.first else { throw .stale }
        var files: [Lane: DeliveredRecord.File] = [:]
        if entry.kind == .file {
            guard let content else {
                throw .unreadable(
                    partition: context.partition, sequence: entry.from,
                    reason: "no event of lane \(lane) stands there any more")
            }
            let isAbandoned = try await isAbandoned(lane)
            if isAbandoned {
                return try await abandon(lane, entry, intent, epoch: epoch, content)
            }
            let outcome = await context.courier.deliver(entry, of: intent, epoch: epoch, content) {
                guard let now = try? await context.cursor.read() else { return nil }
                return now.apart(lane)?.intent != intent
            }
            switch outcome {
            case .stored(let file): files[lane] = file
            case .lost: break
            case .stale: throw .stale
            case .failed(let reason):
                context.metrics.failures.increment()
                return try await help(lane, entry, intent, failure: reason)
            }
        }
        try await context.record(intent.entries, of: intent, epoch: epoch, files: files)
        try await context.cursor.swap { (cursor) throws(Cursor.Stale) in try cursor.commitAlone(lane, intent) }
        return true
    }

    /// What can be done for a lane whose file could not be put: it goes where its trail delivers now, or it waits.
    ///
    /// - Returns: whether another attempt makes sense at once.
    private func help(
        _ lane: Lane, _ entry: Cursor.Entry, _ intent: Cursor.Intent, failure: String
    ) async throws(DeliveryError) -> Bool {
        let trail = try await context.matchers.newest()?.trails.first { $0.id == lane.trail }
        do throws(DeliveryError) {
            let encryption = trail.flatMap { PartitionContext.encryption(of: $0) }
            if let trail, trail.bucket != entry.bucket || trail.prefix != entry.prefix || encryption != entry.encryption
            {
                try await context.cursor.swap { (cursor) throws(Cursor.Stale) in
                    try cursor.reAim(lane, intent, to: trail.bucket, trail.prefix, encryption)
                }
                await context.findings.add(
                    kind: .reAimed,
                    subject: "\(lane) \(entry.from)",
                    text: "a file that could not be put into \(Self.place(entry)) goes to "
                        + "\(Self.place(trail.bucket, trail.prefix, encryption)), as its trail says now; should the first put "
                        + "have succeeded all the same, it stands in both"
                )
                return true
            }
            try await context.cursor.swap { (cursor) throws(Cursor.Stale) in try cursor.note(failure, of: lane) }
        } catch {
            // Known already, or nobody's business any more.
            guard case .stale = error else { throw error }
        }
        return false
    }

    private static func place(_ entry: Cursor.Entry) -> String { place(entry.bucket, entry.prefix, entry.encryption) }

    private static func place(_ bucket: BucketName, _ prefix: KeyPrefix?, _ encryption: Cursor.Encryption?) -> String {
        "\(bucket)" + (prefix.map { "/\($0)" } ?? "") + (encryption.map { " under \($0.key)" } ?? " unencrypted")
    }

    private func isAbandoned(_ lane: Lane) async throws(DeliveryError) -> Bool {
        do throws(CatalogError) { return try await context.cursor.read().apart(lane)?.isAbandoned == true } catch {
            throw .catalog(error)
        }
    }

    /// Records that the operator gave a file up, with all that is known of it, and goes on behind it.
    private func abandon(
        _ lane: Lane, _ entry: Cursor.Entry, _ intent: Cursor.Intent, epoch: UInt64, _ content: LaneContent
    ) async throws(DeliveryError) -> Bool {
        let file = context.courier.describe(entry, of: intent, epoch: epoch, content)
        var abandoned = entry
        abandoned.kind = .abandoned
        try await context.record([abandoned], of: intent, epoch: epoch, files: [lane: file])
        await context.findings.add(
            kind: .abandoned,
            subject: "\(lane) \(entry.from)",
            text:
                "\(file.recordCount) records that could not be put into \(Self.place(entry)) were given "
                + "up by 'cairn trails abandon'"
        )
        try await context.cursor.swap { (cursor) throws(Cursor.Stale) in try cursor.commitAlone(lane, intent) }
        return true
    }
}
