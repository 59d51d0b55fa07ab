import CairnFormat
import CairnTopics
import Testing

/// A queue that a story changes step by step.
final class QueueStory {
    var queue: Queue

    init(_ queue: Queue) { self.queue = queue }

    /// Hands out at a moment, for a second; the handles are `<moment>-<count>`.
    func hand(_ count: Int = 10, at now: Int64) -> [UInt64] {
        var number = 0
        return queue.hand(out: count, visibilityMilliseconds: 1_000, at: now) {
            number += 1
            return "\(now)-\(number)"
        }.map(\.sequence)
    }

    func acknowledge(_ handle: String) -> Bool { queue.acknowledge(handle) }

    func hide(_ handle: String, until: Int64) -> Bool { queue.hide(handle, at: 0, until: until) }
}

@Suite("A queue hands messages out, one at a time a lane")
struct QueueStoryTests {
    let a: Lane
    let b: Lane

    init() throws {
        a = try Fixture.lane(1)
        b = try Fixture.lane(2)
    }

    /// A queue that has taken these messages in, with sequences from 1 on.
    func queue(_ lanes: [Lane], receiveCountMax: Int? = nil) throws -> QueueStory {
        var queue = Queue(
            topic: try TopicName("topic"), visibilityMilliseconds: 1_000, receiveCountMax: receiveCountMax, places: [1])
        queue.take(
            lanes.enumerated().map { (UInt64($0.offset + 1), $0.element) }, next: UInt64(lanes.count + 1), partition: 0,
            wanted: .max,
            at: 0)
        return QueueStory(queue)
    }

    @Test("a message that is handed out is hidden, until its time is over")
    func visibility() throws {
        let story = try queue([a])
        #expect(story.hand(at: 0) == [1])
        #expect(story.hand(at: 999).isEmpty)
        #expect(!story.queue.hasVisible(at: 999) && story.queue.hasVisible(at: 1_000))
        #expect(story.hand(at: 1_000) == [1])
        #expect(story.queue.open[0].receiveCount == 2)
    }

    @Test("what is acknowledged never comes again, and only its last handle does it")
    func acknowledge() throws {
        let story = try queue([a])
        _ = story.hand(at: 0)
        _ = story.hand(at: 1_000)
        #expect(!story.acknowledge("0-1"))
        #expect(story.acknowledge("1000-1"))
        #expect(!story.acknowledge("1000-1"))
        #expect(story.hand(at: 9_000).isEmpty)
        #expect(story.queue.needed(0) == 2)
    }

    @Test("while a message is out, no later one of its lane is; other lanes go on")
    func order() throws {
        let story = try queue([a, a, b])
        #expect(story.hand(1, at: 0) == [1])
        #expect(story.hand(at: 1) == [3])
        #expect(story.acknowledge("0-1"))
        #expect(story.hand(at: 2) == [2])
    }

    @Test("a message that waits to be handed out again goes before the later ones of its lane")
    func orderOfRepeats() throws {
        let story = try queue([a, a])
        _ = story.hand(1, at: 0)
        #expect(story.hand(1, at: 1_000) == [1])
        #expect(story.acknowledge("1000-1"))
        #expect(story.hand(1, at: 1_001) == [2])
    }

    @Test("hiding lengthens or ends the time of the one who has it")
    func hide() throws {
        let story = try queue([a])
        _ = story.hand(at: 0)
        #expect(story.hide("0-1", until: 5_000))
        #expect(story.hand(at: 4_999).isEmpty)
        #expect(story.hide("0-1", until: 0))
        #expect(story.hand(at: 10) == [1])
        #expect(!story.hide("0-1", until: 0))
    }

    @Test(
        "what a clock hid that was days ahead comes again once the clock is right; a clock corrected by seconds changes nothing"
    )
    func wrongClock() throws {
        let story = try queue([a])
        #expect(story.hand(at: 400_000_000) == [1])
        #expect(story.hand(at: 399_970_000).isEmpty)
        #expect(story.hand(at: 1_000) == [1])
        #expect(story.hand(at: 1_999).isEmpty)
    }

    @Test("a message handed out too often becomes a dead letter and frees its lane, but is still needed")
    func deadLetters() throws {
        let story = try queue([a, a], receiveCountMax: 2)
        #expect(story.hand(1, at: 0) == [1])
        #expect(story.hand(1, at: 1_000) == [1])
        #expect(story.queue.dead.isEmpty)
        #expect(story.hand(1, at: 2_000) == [2])
        #expect(story.queue.dead.map(\.sequence) == [1])
        #expect(!story.acknowledge("1000-1"))
        #expect(story.queue.needed(0) == 1)
    }

    @Test("dead letters are handed out again when somebody says so")
    func revived() throws {
        let story = try queue([a, a], receiveCountMax: 1)
        #expect(story.hand(1, at: 0) == [1])
        #expect(story.hand(1, at: 1_000) == [2])
        #expect(story.queue.revive() == 1 && story.queue.dead.isEmpty)
        #expect(story.hand(at: 2_000) == [1])
    }

    @Test("without dead letters a message comes again for ever, and after five times holds nobody up")
    func forever() throws {
        let story = try queue([a, a, a])
        for round in 0..<4 {
            #expect(story.hand(1, at: Int64(round) * 1_000) == [1])
            #expect(story.hand(1, at: Int64(round) * 1_000).isEmpty)
        }
        #expect(story.hand(1, at: 4_000) == [1])
        #expect(story.hand(1, at: 4_000) == [2])
        #expect(story.hand(1, at: 4_000).isEmpty)
        for round in 5..<50 { #expect(story.hand(1, at: Int64(round) * 1_000) == [1]) }
        #expect(story.queue.dead.isEmpty)
    }

    @Test("one that is out for ever keeps nobody from taking what comes after it in")
    func poison() throws {
        let story = try queue([a])
        for round in 0..<9 { #expect(story.hand(1, at: Int64(round) * 1_000) == [1]) }
        story.queue.take([(2, a), (3, b)], next: 4, partition: 0, wanted: 1, at: 8_100)
        #expect(story.hand(1, at: 8_100) == [2])
        #expect(story.acknowledge("8100-1"))
        story.queue.take([(3, b)], next: 4, partition: 0, wanted: 1, at: 8_200)
        #expect(story.hand(1, at: 8_200) == [3])
    }

    @Test("no more messages are open than the limit; the others are taken in later, none is lost")
    func openLimit() throws {
        let count = Queue.openCountMax + 5
        let story = try queue([Lane](repeating: a, count: count))
        #expect(story.queue.open.count == Queue.openCountMax && story.queue.places == [UInt64(Queue.openCountMax + 1)])
        _ = story.hand(1, at: 0)
        #expect(story.acknowledge("0-1"))
        let rest = (Queue.openCountMax + 1...count).map { (sequence: UInt64($0), lane: a) }
        story.queue.take(rest, next: UInt64(count + 1), partition: 0, wanted: .max, at: 0)
        #expect(story.queue.open.map(\.sequence) == (2...Queue.openCountMax + 1).map { UInt64($0) })
    }

    @Test("taking the same part in again adds nothing")
    func takenTwice() throws {
        let story = try queue([a, b])
        story.queue.take([(1, a), (2, b), (3, a)], next: 4, partition: 0, wanted: .max, at: 0)
        #expect(story.queue.open.map(\.sequence) == [1, 2, 3])
    }

    @Test("the oldest dead letters go when there are too many")
    func deadLimit() throws {
        let story = try queue([], receiveCountMax: 1)
        var sequence: UInt64 = 1
        var now: Int64 = 0
        while sequence <= Queue.deadCountMax + 1_000 {
            let part = (sequence..<sequence + 1_000).map { (sequence: $0, lane: a) }
            sequence += 1_000
            story.queue.take(part, next: sequence, partition: 0, wanted: .max, at: 0)
            for i in story.queue.open.indices { story.queue.open[i].receiveCount = 1 }
            _ = story.hand(at: now)
            now += 1
        }
        #expect(story.queue.dead.count == Queue.deadCountMax)
        #expect(story.queue.dead.first?.sequence == 1_001)
    }
}
