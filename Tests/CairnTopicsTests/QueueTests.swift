import CairnFormat
import CairnTopics
import Testing

@Suite("A queue hands out at least once, in order per lane")
struct QueueTests {
    static func lane(_ number: UInt8) -> Lane {
        Lane(
            trail: UniqueID(random: [UInt8](repeating: number, count: 16)), account: (try? AccountID("111122223333"))!,
            region: .usEast1, folder: .trail)
    }

    static func queue(receives: Int = 3) throws -> Queue {
        Queue(topic: try TopicName("t"), visibilityMilliseconds: 30, receiveCountMax: receives, places: [1])
    }

    static func hand(_ queue: inout Queue, _ count: Int, at now: Int64) -> [UInt64] {
        var number = 0
        return queue.hand(out: count, visibilityMilliseconds: 30, at: now) {
            number += 1
            return "\(now)-\(number)"
        }.map(\.sequence)
    }

    @Test("takes no more in than is asked for: lanes that wait for a message that is out do not count")
    func wanted() throws {
        var queue = try Self.queue()
        let lanes = [1, 1, 1, 2, 3].map { Self.lane($0) }
        let found = lanes.enumerated().map { (sequence: UInt64($0.offset + 1), lane: $0.element) }
        queue.take(found, next: 6, partition: 0, wanted: 1, at: 0)
        #expect(queue.open.count == 1 && queue.places == [2])
        #expect(queue.hand(out: 1, visibilityMilliseconds: 30, at: 0) { "a" }.map(\.sequence) == [1])
        queue.take(found, next: 6, partition: 0, wanted: 2, at: 1)
        #expect(queue.open.count == 5 && queue.places == [6])
        #expect(queue.hand(out: 9, visibilityMilliseconds: 30, at: 1) { "b" }.map(\.sequence) == [4, 5])
    }

    @Test("what is handed out is hidden, and comes again when its time is up")
    func visibility() throws {
        var queue = try Self.queue()
        queue.take([(1, Self.lane(1)), (2, Self.lane(2))], next: 3, partition: 0, wanted: .max, at: 0)
        let handed1 = Self.hand(&queue, 10, at: 0)
        #expect(handed1 == [1, 2])
        let handed2 = Self.hand(&queue, 10, at: 29)
        #expect(handed2 == [])
        let handed3 = Self.hand(&queue, 10, at: 30)
        #expect(handed3 == [1, 2])
        #expect(queue.open.map(\.receiveCount) == [2, 2])
    }

    @Test("an acknowledged message is gone; an old receipt is worth nothing")
    func acknowledge() throws {
        var queue = try Self.queue()
        queue.take([(1, Self.lane(1))], next: 2, partition: 0, wanted: .max, at: 0)
        _ = Self.hand(&queue, 1, at: 0)
        _ = Self.hand(&queue, 1, at: 30)
        let results = [queue.acknowledge("0-1"), queue.acknowledge("30-1")]
        #expect(results == [false, true])
        let rest = Self.hand(&queue, 1, at: 100)
        #expect(queue.open.isEmpty && rest == [])
        #expect(queue.needed(0) == 2)
    }

    @Test("while a message is out, later ones of its lane wait; other lanes go on")
    func order() throws {
        var queue = try Self.queue()
        queue.take(
            [(1, Self.lane(1)), (2, Self.lane(1)), (3, Self.lane(2))], next: 4, partition: 0, wanted: .max, at: 0)
        let handed4 = Self.hand(&queue, 1, at: 0)
        #expect(handed4 == [1])
        let handed5 = Self.hand(&queue, 10, at: 1)
        #expect(handed5 == [3])
        let isGone = queue.acknowledge("0-1")
        #expect(isGone)
        let handed6 = Self.hand(&queue, 10, at: 2)
        #expect(handed6 == [2])
    }

    @Test("handed out too often, a message becomes a dead letter and frees its lane")
    func deadLetters() throws {
        var queue = try Self.queue(receives: 2)
        queue.take([(1, Self.lane(1)), (2, Self.lane(1))], next: 3, partition: 0, wanted: .max, at: 0)
        let handed7 = Self.hand(&queue, 1, at: 0)
        #expect(handed7 == [1])
        let handed8 = Self.hand(&queue, 1, at: 30)
        #expect(handed8 == [1])
        let handed9 = Self.hand(&queue, 1, at: 60)
        #expect(handed9 == [2])
        #expect(queue.dead.map(\.sequence) == [1] && queue.needed(0) == 1)
    }

    @Test("only so many messages are open; the rest waits in the log")
    func limit() throws {
        var queue = try Self.queue()
        let many = (1...1_500).map { (sequence: UInt64($0), lane: Self.lane(UInt8($0 % 7))) }
        queue.take(many, next: 1_501, partition: 0, wanted: .max, at: 0)
        #expect(queue.open.count == Queue.openCountMax && queue.places == [1_001])
        queue.take(many, next: 1_501, partition: 0, wanted: .max, at: 0)
        #expect(queue.open.count == Queue.openCountMax)
    }

    @Test(
        "names of topics and queues are plain", arguments: ["", "a b", "a/b", "..", String(repeating: "q", count: 257)])
    func names(_ text: String) { #expect(throws: TopicError.self) { try TopicName(text) } }
}
