import CairnFormat
import CairnLog
import CairnNative
import CairnTrails

/// Puts the events of batches into the buffers of the lanes that take them.
///
/// Routing is a function of the log: the matcher of the last marker before a batch decides, whoever reads it and
/// whenever. Not for use by two tasks at once.
final class Router {
    private(set) var buffers: [Lane: LaneBuffer] = [:]
    /// The bytes in all buffers.
    private(set) var byteCount = 0
    /// The lane with the most bytes.
    private(set) var largest: (lane: Lane, byteCount: Int)?
    /// How large lanes' last bodies were: the next is set aside at once instead of grown and copied again and again.
    private var expected: [Lane: Int] = [:]
    private static let expectedCountMax = 4_096
    private static let expectedByteCountMax = 1 << 20
    private let facts = EventFactsReader()
    /// Only these lanes are filled; nil: all.
    private let only: Set<Lane>?
    private var found: [Int] = []
    private var previous: [Int] = []

    init(only: Set<Lane>? = nil) { self.only = only }

    /// Routes the batch of `frame`.
    func add(_ batch: Batch, of chunk: LogChunk, by matcher: TrailMatcher, from places: (Lane) -> Bool) {
        let view = matcher.view(account: batch.account, region: batch.region)
        guard !view.isEmpty else { return }
        // Runs of events that go to the same lanes are copied at once.
        var run: (folder: LogFolder, start: Int, count: Int, oldest: EventTime, newest: EventTime)?
        var at = batch.body.lowerBound
        previous.removeAll(keepingCapacity: true)
        func endRun(at end: Int) {
            guard let ended = run else { return }
            for trail in previous {
                let lane = Lane(
                    trail: matcher.trails[trail].id, account: batch.account, region: batch.region, folder: ended.folder)
                if let only, !only.contains(lane) { continue }
                guard places(lane) else { continue }
                let buffer = self.buffer(of: lane)
                let before = buffer.body.byteCount
                buffer.append(
                    chunk.bytes, ended.start..<end, count: ended.count, oldest: ended.oldest, newest: ended.newest,
                    of: batch)
                byteCount += buffer.body.byteCount - before
                if buffer.body.byteCount > largest?.byteCount ?? 0 { largest = (lane, buffer.body.byteCount) }
            }
            run = nil
        }
        for i in 0..<batch.count {
            let (outline, length) = batch.outline(i)
            found.removeAll(keepingCapacity: true)
            view.match(outline, facts: { facts.read(chunk.bytes, at..<at + length) }, into: &found)
            let folder = LogFolder(outline.category)
            if run == nil || run?.folder != folder || found != previous {
                endRun(at: at - 1)
                swap(&previous, &found)
                if !previous.isEmpty { run = (folder, at, 1, outline.time, outline.time) }
            } else {
                run!.count += 1
                run!.oldest = min(run!.oldest, outline.time)
                run!.newest = max(run!.newest, outline.time)
            }
            at += length + 1
        }
        endRun(at: batch.body.upperBound)
    }

    private func buffer(of lane: Lane) -> LaneBuffer {
        if let buffer = buffers[lane] { return buffer }
        let buffer = LaneBuffer(capacity: expected[lane] ?? 0)
        buffers[lane] = buffer
        byteCount += buffer.body.byteCount
        return buffer
    }

    /// Lanes with records, in order.
    var filled: [Lane] { buffers.filter { !$0.value.isEmpty }.keys.sorted() }

    /// When the earliest event in any buffer was received, in ms since 1970.
    var firstReceivedAt: Int64? { buffers.values.filter { !$0.isEmpty }.map(\.firstReceivedAt).min() }

    /// Takes a lane's content out; nil when it has none.
    func take(_ lane: Lane) -> LaneContent? {
        guard let buffer = buffers[lane], !buffer.isEmpty else { return nil }
        drop(lane)
        return buffer.take()
    }

    /// Forgets what a lane has.
    func drop(_ lane: Lane) {
        guard let buffer = buffers.removeValue(forKey: lane) else { return }
        if expected.count >= Self.expectedCountMax { expected.removeAll() }
        expected[lane] = min(buffer.body.byteCount, Self.expectedByteCountMax)
        byteCount -= buffer.body.byteCount
        guard largest?.lane == lane else { return }
        largest = buffers.max { ($0.value.body.byteCount, $1.key) < ($1.value.body.byteCount, $0.key) }
            .map { ($0.key, $0.value.body.byteCount) }
    }

    /// Forgets everything.
    func clear() {
        buffers.removeAll()
        (byteCount, largest) = (0, nil)
    }
}
