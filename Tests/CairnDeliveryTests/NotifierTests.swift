import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnLog
import CairnSystem
import CairnTestKit
import CairnTopics
import CairnTrails
import Testing

@Suite("Each file is announced, in order, when it can be read")
struct NotifierTests {
    static func topicLog(_ world: World) async throws -> SegmentLog {
        try await SegmentLog.open(
            disk: world.disk, random: world.random, time: ImpatientTime(), keys: .fixed,
            directory: "/data/topics/topic/0", quarantine: "/data/quarantine",
            limits: SegmentLimits(segmentByteCount: 64 << 10)
        ).log
    }

    static func queues(_ world: World) -> QueueService {
        let disk = world.disk
        return QueueService(documents: world.documents, time: world.time, random: world.random, partitionCount: 1) {
            topic, partition in
            ReadOnlyLog(disk: disk, directory: "/data/topics/\(topic)/\(partition)", keys: .fixed)
        }
    }

    static func announce(
        _ world: World, _ context: PartitionContext, _ log: SegmentLog, progress: ProgressKeeper? = nil
    ) async throws {
        let progress = progress ?? ProgressKeeper(partition: 0, catalog: world.catalog)
        let notifier = Notifier(context, catalog: world.catalog, progress: progress) { (_) async throws(TopicError) in
            QueueTopic(log: log)
        }
        let task = Task { await notifier.run() }
        let end = try await ReadOnlyLog(disk: world.disk, directory: "/data/delivered/0", keys: .fixed).bounds().next
        for _ in 0..<10_000 {
            if try await notifier.place() >= end { break }
            await Task.yield()
            world.time.advance(by: .seconds(1))
        }
        task.cancel()
        await task.value
    }

    @Test("a digest that the list of deliveries names is announced, in its place")
    func digests() async throws {
        let world = try await DeliveryTests.world()
        let delivered = try await SegmentLog.open(
            disk: world.disk, random: world.random, time: ImpatientTime(), keys: .fixed, directory: "/data/delivered/0",
            quarantine: "/data/quarantine", limits: SegmentLimits(segmentByteCount: 64 << 10)
        ).log
        let context = world.context(delivered: delivered)
        let log = try await Self.topicLog(world)
        try await world.send(1)
        try await world.deliver(context)
        let lane = Lane(
            trail: try World.trail("main").id, account: try AccountID("111122223333"), region: .usEast1, folder: .trail)
        let digest = DigestNotice(
            lane: lane, bucket: try BucketName("logs"), key: try ObjectKey("AWSLogs/digest.json.gz"), topic: "topic",
            at: 7)
        for _ in 0..<2 {
            _ = try await delivered.append(
                [LogEntry(kind: .digest, id: LogID(digest.id), at: 7, payload: digest.json)])
        }
        try await Self.announce(world, context, log)
        let chunk = try await log.read(from: 1, byteCountMax: 1 << 20)
        let notices = chunk.frames.compactMap { TopicNotice.decode(chunk.payload($0)) }
        #expect(notices.count == 2)
        #expect(notices.last?.message == #"{"s3Bucket":"logs","s3ObjectKey":["AWSLogs/digest.json.gz"]}"#)
        #expect(notices.last?.lane == lane)
    }

    @Test("at least once, in order, and what is announced is there")
    func announced() async throws {
        let world = try await DeliveryTests.world()
        let name = try TopicName("queue")
        let queues = Self.queues(world)
        try await queues.create(name, topic: try TopicName("topic"))
        let context = try await world.worker()
        let log = try await Self.topicLog(world)
        for _ in 0..<3 {
            try await world.send(2)
            try await world.deliver(context)
            try await Self.announce(world, context, log)
        }
        var messages: [String] = []
        for _ in 0..<10 {
            for message in try await queues.receive(name, count: 10) {
                messages.append(message.message)
                try await queues.acknowledge(name, message.handle)
            }
        }
        #expect(messages.count == 3 && Set(messages).count == 3)
        let files = world.disk.paths(containing: "/data/buckets/")
        for message in messages {
            #expect(files.contains { message.contains($0.dropFirst("/data/buckets/logs/".count)) })
        }
        // A notifier that forgot its place says everything again, under the same ids: the topic has it once.
        try await world.catalog.remove("notified/0")
        try await Self.announce(world, context, log)
        #expect(try await queues.receive(name, count: 10).isEmpty)
    }

    @Test("what could not be published is published later, not taken for a copy")
    func failedPublish() async throws {
        let world = try await DeliveryTests.world()
        let queues = Self.queues(world)
        let name = try TopicName("queue")
        try await queues.create(name, topic: try TopicName("topic"))
        let context = try await world.worker()
        let log = try await Self.topicLog(world)
        try await world.send(2)
        try await world.send(1, to: World.regions[1])
        try await world.deliver(context)
        world.disk.fail("sync", "/data/topics/", .failed(path: "x", operation: "sync", errno: 5), count: 2)
        try await Self.announce(world, context, log)
        #expect(try await queues.receive(name, count: 10).count == 2)
    }
}
