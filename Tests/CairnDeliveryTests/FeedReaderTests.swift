import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnLog
import CairnSystem
import CairnTestKit
import CairnTopics
import CairnTrails
import Foundation
import Synchronization
import Testing

@Suite("Events are sent one by one to where their trail says")
struct FeedReaderTests {
    /// Keeps what it takes, and can be told not to.
    final class Sink: FeedSink {
        private struct Record: Decodable { var eventID: String }
        struct State {
            var taken: [String: [String]] = [:]
            var failure: String?
            /// So many are taken of each call.
            var limit = Int.max
            /// Events of this id are left out.
            var unwanted: String?
        }

        let state = Mutex(State())

        func send(_ events: ArraySlice<[UInt8]>, of series: FeedSeries, at now: Int64) async -> FeedProgress {
            state.withLock { state in
                var progress = FeedProgress()
                if let failure = state.failure {
                    (progress.rest, progress.failure) = (Array(events), failure)
                    return progress
                }
                for event in events.prefix(state.limit) {
                    let id = (try? JSONDecoder().decode(Record.self, from: Data(event)))?.eventID ?? "?"
                    if id == state.unwanted {
                        progress.leftOut["unwanted", default: 0] += 1
                    } else {
                        state.taken[series.stream, default: []].append(id)
                    }
                }
                progress.rest = Array(events.dropFirst(state.limit))
                if !progress.rest.isEmpty { progress.failure = "enough for now" }
                return progress
            }
        }

        var taken: [String: [String]] { state.withLock { $0.taken } }
        var ids: [String] { taken.values.flatMap(\.self) }
    }

    static let group = (try? FeedDestination("arn:aws:logs:us-east-1:111122223333:log-group:audit:*"))!
    static let stream = "111122223333_CloudTrail_us-east-1"

    static func world(isFed: Bool = true) async throws -> World {
        let world = World()
        try await world.trails { trails in
            var trail = try! World.trail("main")
            if isFed { trail.logGroup = group }
            trails = [trail]
        }
        try await world.open()
        return world
    }

    static func place(_ world: World) async throws -> FeedPlace? {
        try await FeedPlace.list(0, in: world.catalog).first
    }

    /// A reader works until something is so, and then ends in order; or falls over, and saves nothing.
    @discardableResult
    static func read(
        _ world: World, into sink: Sink, sourceLocation: SourceLocation = #_sourceLocation,
        until isSo: () async throws -> Bool
    ) async throws -> Bool {
        let (context, catalog) = (try await world.worker(), world.catalog)
        let task = Task {
            await FeedReader(context, catalog: catalog, group, sink: sink).run()
            return true
        }
        var isDone = false
        for _ in 0..<20_000 {
            if try await isSo() {
                isDone = true
                break
            }
            for _ in 0..<5 { await Task.yield() }
            _ = world.time.advanceToNextSleeper()
        }
        #expect(isDone, sourceLocation: sourceLocation)
        task.cancel()
        return await task.value
    }

    @Test("each once, in order for each account and Region, and the place is kept")
    func order() async throws {
        let world = try await Self.world()
        let sink = Sink()
        for region in World.regions { try await world.send(30, to: region) }
        try await Self.read(world, into: sink) { sink.ids.count == 60 }
        #expect(sink.taken[Self.stream] == (1...30).map { "e\($0)" })
        #expect(sink.taken["111122223333_CloudTrail_eu-west-1"] == (31...60).map { "e\($0)" })
        // Another reader goes on behind it.
        try await world.send(5)
        try await Self.read(world, into: sink) { sink.ids.count >= 65 }
        #expect(sink.ids.count == 65 && Set(sink.ids).count == 65)
    }

    @Test("from the change on that names the destination, up to the one that does not any more")
    func markers() async throws {
        let world = try await Self.world(isFed: false)
        let sink = Sink()
        try await world.send(3)
        try await world.trails { $0[0].logGroup = Self.group }
        try await world.send(3)
        // The reader begins where delivery is, before all of it: routing is that of the log.
        try await Self.read(world, into: sink) { sink.ids.count == 3 }
        #expect(sink.taken[Self.stream] == ["e4", "e5", "e6"])
        try await world.send(2)
        try await world.trails { $0[0].logGroup = nil }
        try await world.send(2)
        let ended = try await Self.read(world, into: sink) { try await Self.place(world) == nil }
        #expect(ended && sink.taken[Self.stream] == ["e4", "e5", "e6", "e7", "e8"])
    }

    @Test("a destination that is away, or takes a few at a time, gets all of them; what it took is not sent again")
    func away() async throws {
        let world = try await Self.world()
        let sink = Sink()
        sink.state.withLock { $0.failure = "nobody is at home" }
        try await world.send(10)
        try await Self.read(world, into: sink) { try await Self.place(world)?.failure != nil }
        #expect(try await Self.place(world)?.failure?.reason == "nobody is at home")
        sink.state.withLock { ($0.failure, $0.limit, $0.unwanted) = (nil, 3, "e5") }
        try await Self.read(world, into: sink) {
            try await Self.place(world).map { $0.failure == nil && $0.next > 2 } ?? false
        }
        #expect(sink.taken[Self.stream] == (1...10).filter { $0 != 5 }.map { "e\($0)" })
        let findings = try await world.catalog.findings()
        #expect(
            findings.map(\.kind) == [.eventsNotSent] && findings[0].text.contains("1 events were left out (unwanted)"))
        #expect(try await Self.place(world)?.deliveredAt != nil)
    }

    @Test("a reader that falls over repeats, and loses nothing")
    func crash() async throws {
        let world = try await Self.world()
        let sink = Sink()
        for _ in 0..<6 {
            try await world.send(4)
            // No document is written from somewhere in the middle on.
            world.documents.fail(call: 2)
            try await Self.read(world, into: sink) { !sink.ids.isEmpty }
            world.documents.fail(call: nil)
        }
        try await Self.read(world, into: sink) { Set(sink.ids).count == 24 }
    }

    @Test("what the log let go of before it was sent is told, and it goes on where delivery is")
    func trimmed() async throws {
        let world = try await Self.world()
        let sink = Sink()
        sink.state.withLock { $0.failure = "away" }
        for _ in 0..<40 { try await world.send(4, size: 500) }
        try await Self.read(world, into: sink) { try await Self.place(world) != nil }
        try await world.deliver(try await world.worker())
        let next = try await world.cursor().next
        try await world.log.trim(upTo: next, olderThan: .max)
        try #require(await world.log.bounds().first > 2)
        sink.state.withLock { $0.failure = nil }
        try await Self.read(world, into: sink) { try await Self.place(world)?.next == next }
        let finding = try #require(try await world.catalog.findings().first)
        #expect(
            finding.kind == .eventsNotSent && finding.text.contains("to \(next - 1)")
                && finding.text.contains("log files"))
        try await world.send(1)
        try await Self.read(world, into: sink) { sink.ids == ["e161"] }
    }

    @Test("a destination that takes nothing for a day is not waited for")
    func patience() {
        var place = FeedPlace(Self.group, next: 7, revision: 1)
        #expect(place.isWaitedFor(at: 1_000_000_000))
        place.failure = DestinationFailure(since: 0, reason: "away")
        #expect(place.isWaitedFor(at: FeedPlace.patienceMilliseconds - 1))
        #expect(!place.isWaitedFor(at: FeedPlace.patienceMilliseconds))
    }
}
