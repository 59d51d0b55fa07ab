import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnLog
import CairnSystem
import CairnTestKit
import CairnTopics
import CoreMetrics
import Logging
import Synchronization
import Testing

@Suite("Notices are passed on, each at least once, in order, and one destination does not wait for another")
struct ForwarderTests {
    /// Takes notices, or does not, as it is told.
    final class Outlet: Topic {
        private let state = Mutex((taken: [TopicNotice](), isAway: false, refuses: Set<String>(), fails: Set<String>()))

        var taken: [String] { state.withLock { $0.taken.map(\.message) } }
        func set(isAway: Bool) { state.withLock { $0.isAway = isAway } }
        func refuse(_ messages: Set<String>) { state.withLock { $0.refuses = messages } }
        func fail(_ messages: Set<String>) { state.withLock { $0.fails = messages } }

        func publish(_ notices: [TopicNotice]) async throws(TopicError) {
            let refused = try state.withLock { (state) throws(TopicError) -> [LogID] in
                if state.isAway { throw .away("gone fishing") }
                if notices.contains(where: { state.fails.contains($0.message) }) {
                    let taken = notices.filter { !state.fails.contains($0.message) }
                    state.taken += taken
                    throw taken.isEmpty ? .away("500") : .partly(taken: taken.map(\.id), reason: "500")
                }
                state.taken += notices.filter { !state.refuses.contains($0.message) }
                return notices.filter { state.refuses.contains($0.message) }.map(\.id)
            }
            if !refused.isEmpty { throw .refused(refused, reason: "not that one") }
        }
    }

    /// A topic with a log, a subscription to it, and what forwards.
    struct Story {
        let world: World
        let log: SegmentLog
        let subscriptions: SubscriptionService
        let outlet = Outlet()
        let topic = try! TopicName("topic")
        let name = try! TopicName("soc")

        init(patience: Int64 = 600_000) async throws {
            let world = try await DeliveryTests.world()
            self.world = world
            log = try await NotifierTests.topicLog(world)
            let disk = world.disk
            subscriptions = SubscriptionService(documents: world.documents, random: world.random, partitionCount: 1) {
                ReadOnlyLog(disk: disk, directory: "/data/topics/\($0)/\($1)", keys: .fixed)
            }
            try await subscriptions.create(
                name, topic: topic, to: try Destination("https://soc.example.com/"), patienceMilliseconds: patience)
        }

        func publish(_ numbers: Range<Int>, lane: UInt8 = 1) async throws {
            let lane = Lane(
                trail: UniqueID(random: [UInt8](repeating: lane, count: 16)), account: try AccountID("111122223333"),
                region: .usEast1, folder: .trail)
            try await QueueTopic(log: log).publish(
                numbers.map { number in
                    TopicNotice(
                        id: LogID([UInt8](repeating: 0, count: 14) + [UInt8(number >> 8), UInt8(number & 255)]),
                        lane: lane,
                        at: 1_772_359_964_000, message: "m\(number)")
                })
        }

        var state: ForwardState {
            get async throws {
                try await subscriptions.state(try await subscriptions.subscription(topic, name), partition: 0)
            }
        }

        /// Forwards until something is true.
        func forward(until isDone: () async throws -> Bool) async throws {
            let outlet = outlet
            let subscription = try await subscriptions.subscription(topic, name)
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let context = Forwarder.Context(
                partition: 0, subscriptions: subscriptions, opening: { (_) throws(TopicError) in outlet },
                time: world.time, random: world.random, metrics: DeliveryMetrics(factory: NOOPMetricsHandler.instance),
                findings: FindingLog(catalog: world.catalog, time: world.time, logger: logger), logger: logger,
                pollInterval: .milliseconds(250))
            let forwarder = Forwarder(context, subscription, log: log)
            let task = Task { await forwarder.run() }
            var rounds = 0
            while try await !isDone() {
                rounds += 1
                try #require(rounds < 10_000, "it did not come to that within 10,000 s of the test's clock")
                await Task.yield()
                world.time.advance(by: .seconds(1))
            }
            task.cancel()
            await task.value
        }
    }

    @Test("in order, from where the subscription began, and its place is kept")
    func inOrder() async throws {
        let story = try await Story()
        try await story.publish(1..<31)
        try await story.forward { try await story.state.next == 31 }
        #expect(story.outlet.taken == (1..<31).map { "m\($0)" })
        try await story.publish(31..<33)
        try await story.forward { try await story.state.next == 33 }
        #expect(story.outlet.taken.count == 32)
    }

    @Test("what is away gets everything once it is back, and says since when meanwhile")
    func away() async throws {
        let story = try await Story()
        story.outlet.set(isAway: true)
        try await story.publish(1..<4)
        try await story.forward { try await story.state.failure?.reason == "gone fishing" }
        let since = try await story.state.failure?.since
        try await story.forward { story.world.time.now.milliseconds > (since ?? 0) + 300_000 }
        #expect(try await story.state.failure?.since == since && story.outlet.taken.isEmpty)
        story.outlet.set(isAway: false)
        try await story.forward { try await story.state.next == 4 }
        #expect(story.outlet.taken == ["m1", "m2", "m3"])
        #expect(try await story.state.failure == nil)
    }

    @Test("what is refused for too long is a dead letter; other lanes do not wait, its own goes on behind it")
    func refused() async throws {
        let story = try await Story(patience: 60_000)
        story.outlet.refuse(["m1"])
        try await story.publish(1..<3, lane: 1)
        try await story.publish(3..<5, lane: 2)
        try await story.forward { try await story.state.next == 5 }
        #expect(story.outlet.taken == ["m3", "m4", "m2"])
        let dead = try await story.state.dead
        #expect(dead.map(\.message) == ["m1"] && dead.first?.reason == "not that one")
        #expect(try await story.world.catalog.findings().map(\.kind) == [.noticesDead])
    }

    @Test(
        "what fails again and again where others are taken is its own matter: each of these is sent once, without waiting"
    )
    func failing() async throws {
        let story = try await Story(patience: 60_000)
        story.outlet.fail(["m1"])
        try await story.publish(1..<3, lane: 1)
        try await story.publish(3..<4, lane: 2)
        var (number, since, slowest) = (4, story.world.time.uptime, Duration.zero)
        try await story.forward {
            if story.outlet.taken.contains("m\(number - 1)") {
                slowest = max(slowest, story.world.time.uptime - since)
                since = story.world.time.uptime
                try await story.publish(number..<number + 1, lane: 2)
                number += 1
            }
            return story.outlet.taken.contains("m2")
        }
        #expect(number > 10 && slowest < .seconds(10))
        #expect(Set(story.outlet.taken).count == story.outlet.taken.count)
        #expect(try await story.state.dead.map(\.reason) == ["500"])
        #expect(try await story.state.failure == nil)
    }

    @Test("an outage makes no dead letters, not even of what had failed before it began")
    func outage() async throws {
        let story = try await Story(patience: 60_000)
        story.outlet.fail(["m1"])
        try await story.publish(1..<2, lane: 1)
        try await story.publish(2..<3, lane: 2)
        var outage: Duration?
        try await story.forward {
            if outage == nil, story.outlet.taken == ["m2"] {
                story.outlet.set(isAway: true)
                try await story.publish(3..<4, lane: 2)
                outage = story.world.time.uptime
            }
            if let outage, story.world.time.uptime - outage > .seconds(3_600) {
                story.outlet.set(isAway: false)
                story.outlet.fail([])
            }
            return try await story.state.next == 4
        }
        #expect(try await story.state.dead.isEmpty)
        #expect(Set(story.outlet.taken) == ["m1", "m2", "m3"] && story.outlet.taken.count == 3)
    }

    @Test("what the topic let go of before it was passed on is a finding, and the rest goes on")
    func lost() async throws {
        let story = try await Story()
        for first in stride(from: 1, to: 4_001, by: 100) { try await story.publish(first..<first + 100) }
        try await story.log.trim(upTo: 4_001, olderThan: .max)
        let first = await story.log.bounds().first
        try #require(first > 1)
        try await story.forward { try await story.state.next == 4_001 }
        #expect(story.outlet.taken.first == "m\(first)" && story.outlet.taken.count == 4_001 - Int(first))
        #expect(try await story.world.catalog.findings().map(\.kind) == [.noticesLost])
    }

    @Test("a subscription that is removed ends; another of its name begins with what comes then")
    func removed() async throws {
        let story = try await Story()
        story.outlet.set(isAway: true)
        try await story.publish(1..<3)
        try await story.forward { try await story.state.failure != nil }
        try await story.subscriptions.remove(try await story.subscriptions.subscription(story.topic, story.name))
        try await story.subscriptions.create(
            story.name, topic: story.topic, to: try Destination("https://soc.example.com/"))
        story.outlet.set(isAway: false)
        try await story.publish(3..<4)
        try await story.forward { try await story.state.next == 4 }
        #expect(story.outlet.taken == ["m3"])
    }

    @Test("the topic keeps what a subscription still needs")
    func needed() async throws {
        let story = try await Story()
        story.outlet.set(isAway: true)
        try await story.publish(1..<3)
        #expect(try await story.subscriptions.needed(story.topic, 0) == 1)
        story.outlet.set(isAway: false)
        try await story.forward { try await story.state.next == 3 }
        #expect(try await story.subscriptions.needed(story.topic, 0) == 3)
        #expect(try await story.subscriptions.needed(try TopicName("other"), 0) == nil)
    }
}
