import CairnDocuments
import CairnFormat
import CairnLog
import CairnSystem
import CairnTestKit
import CairnTopics
import Testing

@Suite("Queues over the logs of a topic")
struct QueueServiceTests {
    let disk = SimulatedDisk()
    let documents = MemoryDocuments()
    let time = ManualTime(now: Timestamp(milliseconds: Fixture.start))
    let topic: TopicName
    let name: TopicName
    let lane: Lane

    init() throws {
        topic = try TopicName("topic")
        name = try TopicName("queue")
        lane = try Fixture.lane(1)
    }

    func service() -> QueueService {
        let disk = disk
        return QueueService(documents: documents, time: time, random: SeededRandom(seed: 1), partitionCount: 2) {
            topic, partition in
            ReadOnlyLog(disk: disk, directory: "/topics/\(topic)/\(partition)", keys: .fixed)
        }
    }

    func log(_ partition: Int, segment: Int = 4_096) async throws -> SegmentLog {
        var limits = SegmentLimits()
        limits.segmentByteCount = segment
        return try await SegmentLog.open(
            disk: disk, random: SeededRandom(seed: 2), time: ImpatientTime(), keys: .fixed,
            directory: "/topics/topic/\(partition)",
            quarantine: "/quarantine", limits: limits
        ).log
    }

    @Test("what is published is received once, in order, and acknowledged for good")
    func once() async throws {
        let log = try await log(0)
        let queues = service()
        try await queues.create(name, topic: topic)
        try await QueueTopic(log: log).publish((1...5).map { Fixture.notice($0, of: lane) })
        var texts: [String] = []
        while true {
            let messages = try await queues.receive(name, count: 1)
            guard let message = messages.first else { break }
            #expect(message.receiveCount == 1 && message.sentAt == Fixture.start + Int64(texts.count + 1))
            texts.append(message.message)
            try await queues.acknowledge(name, message.handle)
        }
        #expect(texts == (1...5).map { "message \($0)" })
        time.advance(by: .seconds(3_600))
        #expect(try await queues.receive(name, count: 10).isEmpty)
    }

    @Test("a notice that is published again is in the topic once")
    func publishedTwice() async throws {
        let log = try await log(0)
        let queues = service()
        try await queues.create(name, topic: topic)
        for _ in 0..<2 { try await QueueTopic(log: log).publish([Fixture.notice(1, of: lane)]) }
        #expect(try await queues.receive(name, count: 10).count == 1)
        #expect(try await queues.receive(name, count: 10).isEmpty)
    }

    @Test("a queue gets what is announced after it was made, from all partitions, and so does each queue")
    func fromNowOn() async throws {
        let logs = [try await log(0), try await log(1)]
        let queues = service()
        try await QueueTopic(log: logs[0]).publish([Fixture.notice(1, of: lane)])
        try await queues.create(name, topic: topic)
        try await queues.create(try TopicName("other"), topic: topic)
        try await QueueTopic(log: logs[0]).publish([Fixture.notice(2, of: lane)])
        try await QueueTopic(log: logs[1]).publish([Fixture.notice(3, of: try Fixture.lane(2))])
        for name in [name, try TopicName("other")] {
            #expect(try await queues.receive(name, count: 10).map(\.message).sorted() == ["message 2", "message 3"])
        }
    }

    @Test("a queue of a topic that nobody has published to yet is empty, and gets the first notice")
    func beforeTheFirst() async throws {
        let queues = service()
        try await queues.create(name, topic: topic)
        #expect(try await queues.receive(name, count: 1).isEmpty)
        try await QueueTopic(log: try await log(1)).publish([Fixture.notice(1, of: lane)])
        #expect(try await queues.receive(name, count: 1).count == 1)
    }

    @Test("what is not acknowledged in time comes again, and dies after its last chance")
    func again() async throws {
        let log = try await log(0)
        let queues = service()
        try await queues.create(name, topic: topic, visibility: .seconds(10), receiveCountMax: 2)
        try await QueueTopic(log: log).publish([Fixture.notice(1, of: lane)])
        let first = try await queues.receive(name, count: 1)
        #expect(try await queues.receive(name, count: 1).isEmpty)
        time.advance(by: .seconds(10))
        let second = try await queues.receive(name, count: 1)
        #expect(second.map(\.receiveCount) == [2] && second[0].handle != first[0].handle)
        await #expect(throws: TopicError.self) { try await queues.acknowledge(name, first[0].handle) }
        time.advance(by: .seconds(10))
        #expect(try await queues.receive(name, count: 1).isEmpty)
        #expect(try await queues.deadLetters(name).map(\.message) == ["message 1"])
    }

    @Test("the state is in the documents: another process goes on where this one stopped")
    func restart() async throws {
        let log = try await log(0)
        try await service().create(name, topic: topic)
        try await QueueTopic(log: log).publish((1...3).map { Fixture.notice($0, of: lane) })
        let first = try await service().receive(name, count: 1)
        try await service().acknowledge(name, first[0].handle)
        disk.crash()
        _ = try await self.log(0)
        #expect(try await service().receive(name, count: 1).map(\.message) == ["message 2"])
    }

    @Test("many consumers at once: no message twice while it is hidden")
    func consumers() async throws {
        let log = try await log(0)
        let queues = service()
        try await queues.create(name, topic: topic)
        let notices = try (1...60).map { Fixture.notice($0, of: try Fixture.lane(UInt8($0))) }
        try await QueueTopic(log: log).publish(notices)
        let name = name
        let found = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<6 {
                group.addTask {
                    var found: [String] = []
                    for _ in 0..<5 { found += try await queues.receive(name, count: 2).map(\.message) }
                    return found
                }
            }
            return try await group.reduce(into: [String]()) { $0 += $1 }
        }
        #expect(found.count == 60 && Set(found).count == 60)
    }

    @Test("messages that were trimmed away unfetched are gone, the later ones are received")
    func trimmed() async throws {
        let log = try await log(0, segment: 512)
        let queues = service()
        try await queues.create(name, topic: topic)
        for i in 1...20 { try await QueueTopic(log: log).publish([Fixture.notice(i, of: lane)]) }
        try await log.trim(upTo: 10, olderThan: .max)
        let first = await log.bounds().first
        #expect(first > 1)
        #expect(try await queues.receive(name, count: 1).map(\.message) == ["message \(first)"])
    }

    @Test(
        "messages are not gone because power failed and the end of the topic's log is behind until its owner opens it")
    func markBehind() async throws {
        let log = try await log(0)
        let queues = service()
        try await queues.create(name, topic: topic)
        try await QueueTopic(log: log).publish([Fixture.notice(1, of: lane)])
        let path = "/topics/topic/0/end"
        let (behind, file) = (try #require(disk.bytes(path)), try await disk.openFile(path, writable: true))
        try await QueueTopic(log: log).publish([Fixture.notice(2, of: lane)])
        let ahead = try #require(disk.bytes(path))
        #expect(try await queues.receive(name, count: 9, visibility: .zero).count == 2)
        try await disk.write(behind, to: file, at: 0)
        #expect(try await queues.receive(name, count: 9, visibility: .zero).map(\.message) == ["message 1"])
        try await disk.write(ahead, to: file, at: 0)
        let messages = try await queues.receive(name, count: 9)
        #expect(messages.map(\.message) == ["message 1", "message 2"])
        #expect(messages.map(\.receiveCount) == [3, 2])
    }

    @Test("the log is needed from the oldest message that any queue has not acknowledged")
    func needed() async throws {
        let log = try await log(0)
        let queues = service()
        #expect(try await queues.needed(topic, 0) == nil)
        try await queues.create(name, topic: topic)
        try await QueueTopic(log: log).publish((1...3).map { Fixture.notice($0, of: lane) })
        #expect(try await queues.needed(topic, 0) == 1)
        let message = try await queues.receive(name, count: 1)[0]
        try await queues.acknowledge(name, message.handle)
        #expect(try await queues.needed(topic, 0) == 2)
        #expect(try await queues.needed(try TopicName("other"), 0) == nil)
    }

    @Test("a disk that fails while a queue is made is an error, not a queue that begins at the beginning")
    func failedCreate() async throws {
        let log = try await log(0)
        try await QueueTopic(log: log).publish([Fixture.notice(1, of: lane)])
        disk.fail("open", "/topics/topic/0/end", .failed(path: "x", operation: "open", errno: 5))
        await #expect(throws: TopicError.self) { try await service().create(name, topic: topic) }
    }

    @Test("errors say which queue: none of that name, one already, a bad name, a stale handle, a damaged state")
    func errors() async throws {
        let queues = service()
        await #expect { _ = try await queues.receive(name, count: 1) } throws: { "\($0)".contains("no queue 'queue'") }
        try await queues.create(name, topic: topic)
        await #expect { try await queues.create(name, topic: topic) } throws: { "\($0)".contains("already") }
        await #expect { try await queues.acknowledge(name, "gone") } throws: { "\($0)".contains("'gone'") }
        for bad in ["", "a b", "ä", "a/b", String(repeating: "a", count: 257)] {
            #expect(throws: TopicError.self) { _ = try TopicName(bad) }
        }
        let long = try TopicName(String(repeating: "a", count: 81))
        await #expect { try await queues.create(long, topic: topic) } throws: { "\($0)".contains("up to 80") }
        let key = try DocumentKey("queues/queue")
        let document = try #require(try await documents.get(key))
        _ = try await documents.put(key, Array("{".utf8), ifRevision: document.revision)
        await #expect { _ = try await queues.receive(name, count: 1) } throws: { "\($0)".contains("cannot be read") }
    }

    @Test("what the topic no longer keeps leaves the queue, and the rest is handed out")
    func forgotten() async throws {
        var limits = SegmentLimits()
        limits.segmentByteCount = 1 << 10
        let log = try await SegmentLog.open(
            disk: disk, random: SeededRandom(seed: 1), time: ImpatientTime(), keys: .fixed,
            directory: "/topics/topic/0",
            quarantine: "/quarantine",
            limits: limits
        ).log
        let queues = service()
        try await queues.create(name, topic: topic)
        for i in 1...30 { try await QueueTopic(log: log).publish([Fixture.notice(i, of: lane)]) }
        // Taken into the queue, one handed out and not acknowledged; then the topic lets the older ones go.
        _ = try await queues.receive(name, count: 1, visibility: .zero)
        try await log.trim(upTo: .max, olderThan: .max)
        let first = await log.bounds().first
        #expect(first > 1)
        var seen: [String] = []
        for _ in 0..<40 {
            for message in try await queues.receive(name, count: 10) {
                seen.append(message.message)
                try await queues.acknowledge(name, message.handle)
            }
        }
        #expect(UInt64(seen.count) == 31 - first)
        #expect(try await queues.queues().first?.queue.open.isEmpty == true)
    }

    @Test("many are acknowledged at once; one stale handle does not keep the others")
    func acknowledgeMany() async throws {
        let queues = service()
        try await queues.create(name, topic: topic)
        let log = try await log(0)
        for i in 1...5 { try await QueueTopic(log: log).publish([Fixture.notice(i, of: lane)]) }
        let handles = try await queues.receive(name, count: 5).map(\.handle)
        await #expect { try await queues.acknowledge(name, ["gone"] + handles) } throws: { "\($0)".contains("'gone'") }
        #expect(try await queues.queues().first?.queue.open.isEmpty == true)
    }
}
