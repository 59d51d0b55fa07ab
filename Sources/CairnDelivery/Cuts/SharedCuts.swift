import CairnCatalog
import CairnFormat
import CairnLog
import CairnNative
import CairnSystem
import CairnTrails
import CoreMetrics
import Logging

/// Cuts a partition for all its lanes together: reads, routes, decides, delivers, commits. Design 5, steps 1 to 7.
///
/// What it holds in memory is a convenience: everything it decides is in the cursor before it is done, and whatever
/// stops it, the next one goes on from there. Not for use by two tasks at once.
package final class SharedCuts {
    private let context: PartitionContext
    private let router = Router()
    /// The cursor's place that the buffers begin at, and the place they reach; nil before the first reading.
    private var reading: (start: UInt64, end: UInt64, revision: UInt64)?
    /// When the first entry of the reading was read.
    private var readingSince = Duration.zero
    /// When the cursor was read last.
    private var lastLook = Duration.zero
    /// A marker that stands at the end of the reading.
    private var marker: UInt64?
    /// Where lanes stand that had an early cut since `reading.start`.
    private var early: [Lane: UInt64] = [:]
    /// Lanes that stood apart when events of theirs were read: the buffers don't have those events. Should such a lane
    /// rejoin, the buffers are void.
    private var skipped: Set<Lane> = []

    package init(_ context: PartitionContext) { self.context = context }

    /// Works until the task is cancelled.
    package func run() async {
        var failures = 0
        while !Task.isCancelled {
            var wait = context.settings.pollInterval
            do throws(DeliveryError) {
                if try await isIdle() {
                    wait = context.settings.pollInterval
                } else if try await step() {
                    wait = .zero
                }
                failures = 0
            } catch {
                reading = nil
                switch error {
                case .cancelled: return
                case .stale: wait = .zero
                default:
                    failures += 1
                    wait = min(.milliseconds(250 << min(failures, 7)), context.settings.retryIntervalMax)
                    context.metrics.failures.increment()
                    context.logger.error(
                        "delivery of a partition waits",
                        metadata: ["partition": "\(context.partition)", "error": "\(error)", "retryIn": "\(wait)"])
                }
            }
            if wait > .zero { do { try await context.time.sleep(for: wait) } catch { return } }
        }
    }

    /// Whether a step would find nothing to do, told without reading the cursor; that is read once a second all the same,
    /// because others may have moved it.
    private func isIdle() async throws(DeliveryError) -> Bool {
        guard let reading, marker == nil, context.time.uptime - lastLook < .seconds(1), !isDue(from: reading.start)
        else {
            lastLook = context.time.uptime
            return false
        }
        do throws(LogError) { return try await context.log.end() <= reading.end } catch { throw .log(error) }
    }

    /// One thing at a time. False when there is nothing to do now.
    package func step() async throws(DeliveryError) -> Bool {
        let cursor = try await readCursor()
        if let intent = cursor.intent {
            let contents = try await context.range.contents(
                of: intent.entries, until: intent.until, matcher: context.matcher)
            reading = nil
            try await finish(intent, epoch: cursor.epoch, contents: contents)
            return true
        }
        try prepare(cursor)
        let grew = try await read(cursor)
        if let lane = fullLane() {
            try await cutEarly(lane, cursor)
            return true
        }
        if marker != nil {
            if reading!.end > cursor.next { try await cut(cursor) } else { try await cutMarker(cursor) }
            return true
        }
        if isDue(from: cursor.next) {
            try await cut(cursor)
            return true
        }
        return grew
    }

    private func readCursor() async throws(DeliveryError) -> Cursor {
        do { return try await context.cursor.read() } catch { throw .catalog(error) }
    }

    // MARK: Step 1, read

    /// Makes the buffers fit the cursor: they hold what lies between its `next` and the end of the reading.
    private func prepare(_ cursor: Cursor) throws(DeliveryError) {
        if let reading, reading.start == cursor.next, reading.revision == cursor.revision,
            early.allSatisfy({ cursor.apart($0.key)?.next == $0.value || cursor.staysOut($0.key) }),
            skipped.allSatisfy({ cursor.staysOut($0) }),
            Self.lanes(of: cursor, ahead: cursor.next).allSatisfy({ early[$0.key] == $0.value })
        {
            return
        }
        router.clear()
        marker = nil
        skipped = []
        early = Self.lanes(of: cursor, ahead: cursor.next)
        reading = (cursor.next, cursor.next, cursor.revision)
    }

    /// Where lanes stand that are ahead of `place` by early cuts: what lies before is in their files.
    private static func lanes(of cursor: Cursor, ahead place: UInt64) -> [Lane: UInt64] {
        Dictionary(
            uniqueKeysWithValues: cursor.apart.filter { $0.intent == nil && $0.next > place }
                .map { ($0.lane, $0.next) })
    }

    /// Reads one more piece of the log, up to a marker. False when there is nothing new.
    private func read(_ cursor: Cursor) async throws(DeliveryError) -> Bool {
        guard marker == nil, let reading, fullLane() == nil else { return false }
        let chunk: LogChunk
        do throws(LogError) {
            chunk = try await context.log.read(from: reading.end, byteCountMax: context.settings.readByteCount)
        } catch { throw .log(error) }
        guard !chunk.frames.isEmpty else { return false }
        let matcher = try await context.matcher(reading.revision)
        let range = context.range
        if reading.end == reading.start { readingSince = context.time.uptime }
        for frame in chunk.frames {
            if frame.kind == .marker {
                marker = chunk.payload(frame).number(at: 0)
                return true
            }
            if frame.kind == .batch {
                router.add(try range.batch(frame, chunk), of: chunk, by: matcher) { lane in
                    if cursor.staysOut(lane) {
                        skipped.insert(lane)
                        return false
                    }
                    return early[lane, default: 0] <= frame.sequence
                }
            }
            self.reading!.end = frame.sequence + frame.span
            if fullLane() != nil || router.byteCount >= context.settings.memoryByteCount { break }
        }
        return true
    }

    private func fullLane() -> Lane? {
        guard let largest = router.largest, largest.byteCount >= context.settings.cutByteCount else { return nil }
        return largest.lane
    }

    private func isDue(from next: UInt64) -> Bool {
        guard let reading, reading.end > next else { return false }
        if router.byteCount >= context.settings.memoryByteCount { return true }
        // Whatever became of what was read, by early cuts or because no lane takes it: the cursor must pass it in time,
        // or the log could never be trimmed.
        if context.time.uptime - readingSince >= context.settings.cutAge { return true }
        guard let first = router.firstReceivedAt else { return reading.end - next >= 10_000 }
        return context.time.now.milliseconds - first >= context.settings.cutAge.milliseconds
    }

    private var isLate: Bool {
        guard let first = router.firstReceivedAt else { return false }
        return context.time.now.milliseconds - first > 2 * context.settings.cutAge.milliseconds
    }

    // MARK: Step 2, intent

    private func cut(_ cursor: Cursor) async throws(DeliveryError) {
        guard let reading else { return }
        let matcher = try await context.matcher(reading.revision)
        let late = isLate
        let entries = router.filled.filter { !cursor.staysOut($0) }.compactMap { lane in
            context.entry(for: lane, from: early[lane] ?? cursor.next, matcher: matcher, isLate: late)
        }
        try await begin(until: reading.end, revision: reading.revision, entries)
    }

    /// A marker is a cut of its own: lanes begin and end, no file is made.
    private func cutMarker(_ cursor: Cursor) async throws(DeliveryError) {
        guard let revision = marker else { return }
        guard revision > cursor.revision else {
            return try await begin(until: cursor.next + 1, revision: cursor.revision, [])
        }
        let old = try await context.matcher(cursor.revision)
        let new = try await context.matcher(revision)
        let changes = context.changes(from: old, to: new)
        skipped.formUnion(changes.map(\.lane).filter { cursor.staysOut($0) })
        let entries = changes.filter { !cursor.staysOut($0.lane) }.map { entry in
            var entry = entry
            entry.from = cursor.next
            return entry
        }
        try await begin(until: cursor.next + 1, revision: revision, entries)
    }

    private func begin(until: UInt64, revision: UInt64, _ entries: [Cursor.Entry]) async throws(DeliveryError) {
        let now = context.time.now.milliseconds
        let started = context.time.uptime
        let absent = skipped
        let cursor = try await context.cursor.swap { (cursor) throws(Cursor.Stale) in
            for lane in absent where !cursor.staysOut(lane) { throw .moved }
            try cursor.begin(until: until, revision: revision, at: now, entries: entries)
        }
        var contents: [Lane: LaneContent] = [:]
        for entry in entries where entry.kind == .file { contents[entry.lane] = router.take(entry.lane) }
        router.clear()
        early = Self.lanes(of: cursor, ahead: until)
        skipped = []
        marker = nil
        reading = (until, until, revision)
        if let intent = cursor.intent { try await finish(intent, epoch: cursor.epoch, contents: contents) }
        context.metrics.cutSeconds.record((context.time.uptime - started).inSeconds)
    }

    /// One lane is full: it is cut alone, from its place, so that the others need not be.
    private func cutEarly(_ lane: Lane, _ cursor: Cursor) async throws(DeliveryError) {
        guard let reading else { return }
        let matcher = try await context.matcher(reading.revision)
        guard
            let entry = context.entry(for: lane, from: early[lane] ?? cursor.next, matcher: matcher, isLate: isLate)
        else { return router.drop(lane) }
        guard cursor.apart(lane) != nil || cursor.apart.count < Cursor.apartCountMax else {
            return try await cut(cursor)
        }
        guard context.claims.claim(lane) else { throw .stale }
        defer { context.claims.release(lane) }
        let now = context.time.now.milliseconds
        let begun = try await context.cursor.swap { (cursor) throws(Cursor.Stale) in
            try cursor.beginAlone(entry, until: reading.end, revision: reading.revision, at: now)
        }
        let content = router.take(lane)
        early[lane] = reading.end
        guard let intent = begun.apart(lane)?.intent else { throw .stale }
        let lone = LoneCuts(context)
        // When it does not work now, the lane is apart and its own loop goes on with it.
        _ = try await lone.finish(lane, intent, epoch: begun.epoch, content: content)
    }

    // MARK: Steps 3 to 7, deliver, record, commit

    private func finish(
        _ found: Cursor.Intent, epoch: UInt64, contents: [Lane: LaneContent]
    ) async throws(DeliveryError) {
        var intent = found
        var contents = contents
        var files: [Lane: DeliveredRecord.File] = [:]
        let deadline = context.time.uptime + context.settings.patience
        var waiting = intent.entries.filter { $0.kind == .file }
        var wait = Duration.milliseconds(50)
        while true {
            let outcomes = await deliver(waiting, intent, epoch, contents)
            var failures: [(entry: Cursor.Entry, reason: String)] = []
            for delivery in outcomes {
                let entry = delivery.entry
                switch delivery.outcome {
                case .stored(let file):
                    files[entry.lane] = file
                    contents[entry.lane] = nil
                case .lost: contents[entry.lane] = nil
                case .failed(let reason): failures.append((entry, reason))
                case .stale: throw .stale
                }
            }
            if failures.isEmpty { break }
            if Task.isCancelled { throw .cancelled }
            context.metrics.failures.increment()
            if context.time.uptime >= deadline {
                for failure in failures {
                    context.logger.error(
                        "a lane is set apart: its file cannot be put; others go on, this one is tried again for ever",
                        metadata: ["lane": "\(failure.entry.lane)", "error": "\(failure.reason)"])
                    let now = context.time.now.milliseconds
                    let shared = intent
                    intent =
                        try await context.cursor.swap { (cursor) throws(Cursor.Stale) in
                            try cursor.setApart(failure.entry.lane, from: shared, failure: failure.reason, at: now)
                        }.intent ?? intent
                    contents[failure.entry.lane] = nil
                }
                break
            }
            waiting = failures.map(\.entry)
            do { try await context.time.sleep(for: wait) } catch { throw .cancelled }
            wait = min(wait * 2, .seconds(5))
            // Another may have finished it meanwhile. Should somebody have deleted the file since, it is not put again.
            guard try await readCursor().intent == intent else { throw .stale }
        }
        try await context.record(intent.entries, of: intent, epoch: epoch, files: files)
        let done = intent
        try await context.cursor.swap { (cursor) throws(Cursor.Stale) in try cursor.commit(done) }
    }

    /// How one file of an intent came out.
    private struct Delivery: Sendable {
        var entry: Cursor.Entry
        var outcome: FileCourier.Outcome
    }

    /// Makes and puts files, a few at a time.
    private func deliver(
        _ entries: [Cursor.Entry],
        _ intent: Cursor.Intent,
        _ epoch: UInt64,
        _ contents: [Lane: LaneContent]
    ) async -> [Delivery] {
        let context = context
        return await withTaskGroup(of: Delivery.self) { group in
            var deliveries: [Delivery] = []
            for (i, entry) in entries.enumerated() {
                if i >= context.settings.parallelism, let done = await group.next() { deliveries.append(done) }
                guard let content = contents[entry.lane] else {
                    let reason = "the log no longer holds the events of this file"
                    deliveries.append(Delivery(entry: entry, outcome: .failed(reason)))
                    continue
                }
                group.addTask { await Self.deliver(entry, intent, epoch, content, context) }
            }
            for await done in group { deliveries.append(done) }
            return deliveries
        }
    }

    private static func deliver(
        _ entry: Cursor.Entry,
        _ intent: Cursor.Intent,
        _ epoch: UInt64,
        _ content: LaneContent,
        _ context: PartitionContext
    ) async -> Delivery {
        let outcome = await context.courier.deliver(entry, of: intent, epoch: epoch, content) {
            guard let now = try? await context.cursor.read() else { return nil }
            return now.intent?.until != intent.until || now.intent?.at != intent.at
        }
        return Delivery(entry: entry, outcome: outcome)
    }
}
