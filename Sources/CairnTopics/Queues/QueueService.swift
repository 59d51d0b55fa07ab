package import CairnDocuments
import CairnFormat
package import CairnLog
package import CairnSystem
import FoundationEssentials

/// Queues over the logs of the embedded topics. Any number of processes may use a queue at the same time: its state is
/// one document, changed by compare-and-swap.
package struct QueueService: Sendable {
    /// SQS's limit.
    private static let nameByteCountMax = 80

    private let documents: any DocumentStore
    private let time: any TimeSource
    private let random: any RandomSource
    private let partitionCount: Int
    private let log: @Sendable (_ topic: TopicName, _ partition: Int) -> any EventLog

    /// - Parameter log: gives the log of a topic's part in a partition, for reading.
    package init(
        documents: any DocumentStore,
        time: any TimeSource,
        random: any RandomSource,
        partitionCount: Int,
        log: @escaping @Sendable (_ topic: TopicName, _ partition: Int) -> any EventLog
    ) {
        self.documents = documents
        self.time = time
        self.random = random
        self.partitionCount = partitionCount
        self.log = log
    }

    /// Makes a queue that gets what is announced from now on.
    package func create(
        _ name: TopicName, topic: TopicName, visibility: Duration = .seconds(30), receiveCountMax: Int? = nil
    ) async throws(TopicError) {
        guard name.text.utf8.count <= Self.nameByteCountMax else { throw .badName(name.text) }
        let places = try await ends(of: topic)
        let queue = Queue(
            topic: topic, visibilityMilliseconds: visibility.milliseconds, receiveCountMax: receiveCountMax,
            places: places)
        let body = try Self.encode(queue, name)
        do throws(DocumentError) {
            _ = try await documents.put(try Self.key(name), body, ifRevision: nil)
        } catch {
            if case .conflict = error { throw .queueExists(name.text) }
            throw .documents(error)
        }
    }

    /// The sequence behind the last notice of each partition.
    private func ends(of topic: TopicName) async throws(TopicError) -> [UInt64] {
        try await TopicEnds.read(topic, partitionCount: partitionCount, log: log)
    }

    /// All queues, by name.
    package func queues() async throws(TopicError) -> [(name: String, queue: Queue)] {
        let found: [Document]
        do throws(DocumentError) { found = try await documents.list(prefix: "queues/") } catch {
            throw .documents(error)
        }
        var result: [(name: String, queue: Queue)] = []
        for document in found {
            let name = String(document.key.description.dropFirst("queues/".count))
            result.append((name, try Self.decode(document.body, name)))
        }
        return result
    }

    /// Hands out up to `count` messages, which stay hidden for `visibility` or the queue's own time.
    package func receive(
        _ name: TopicName, count: Int, visibility: Duration? = nil
    ) async throws(TopicError) -> [QueueMessage] {
        var places: [UInt64] = []
        var found: [[(sequence: UInt64, lane: Lane)]] = []
        var ends: [UInt64] = []
        let before = try await queue(name)
        for partition in 0..<partitionCount {
            places.append(before.places[partition])
            let (notices, next) = try await read(before.topic, partition, from: before.places[partition])
            found.append(notices)
            ends.append(next)
        }
        let now = time.now.milliseconds
        // No partition has a turn before the others every time: while it has enough, nothing is taken of them.
        let first = Int(random.bytes(2).reduce(0) { $0 << 8 | UInt16($1) }) % partitionCount
        let handed = try await update(name) { queue in
            for partition in (first..<first + partitionCount).map({ $0 % partitionCount })
            // Others may have come further meanwhile, within what was read.
            where (places[partition]...max(places[partition], ends[partition])).contains(queue.places[partition]) {
                queue.take(found[partition], next: ends[partition], partition: partition, wanted: count, at: now)
            }
            return queue.hand(
                out: count, visibilityMilliseconds: visibility?.milliseconds ?? queue.visibilityMilliseconds, at: now
            ) { UniqueID(random: random.bytes(16)).text }
        }
        let told = try await messages(handed, of: before.topic)
        if !told.gone.isEmpty || !told.unseen.isEmpty {
            try await update(name) { queue in
                // Nobody fetched them within the topic's retention: there is nothing left to hand out.
                for handle in told.gone { _ = queue.acknowledge(handle) }
                for handle in told.unseen { queue.putBack(handle) }
            }
        }
        return told.messages
    }

    /// Hides a message from now on for another time; with none it is visible at once.
    package func hide(_ name: TopicName, _ handle: String, for visibility: Duration) async throws(TopicError) {
        let now = time.now.milliseconds
        let isHidden = try await update(name) { $0.hide(handle, at: now, until: now + visibility.milliseconds) }
        guard isHidden else { throw .staleHandle(handle) }
    }

    /// Lets everything go that is in a queue now.
    package func purge(_ name: TopicName) async throws(TopicError) {
        let ends = try await ends(of: try await queue(name).topic)
        try await update(name) { $0.purge(upTo: ends) }
    }

    /// A queue as it stands, and how many messages it has not looked at yet.
    package func overview(_ name: TopicName) async throws(TopicError) -> (queue: Queue, waiting: UInt64) {
        let queue = try await queue(name)
        let ends = try await ends(of: queue.topic)
        return (queue, zip(ends, queue.places).reduce(0) { $0 + ($1.0 > $1.1 ? $1.0 - $1.1 : 0) })
    }

    /// What the dead letters say.
    package func deadLetters(_ name: TopicName) async throws(TopicError) -> [QueueMessage] {
        let queue = try await queue(name)
        return try await messages(queue.dead, of: queue.topic).messages
    }

    /// Hands dead letters out again.
    ///
    /// - Returns: how many: there may be room for no more.
    package func revive(_ name: TopicName) async throws(TopicError) -> Int { try await update(name) { $0.revive() } }

    /// Acknowledges a message: it is not handed out again.
    package func acknowledge(_ name: TopicName, _ handle: String) async throws(TopicError) {
        try await acknowledge(name, [handle])
    }

    /// Acknowledges messages, all that can be; throws for the first whose handle is not valid any more.
    package func acknowledge(_ name: TopicName, _ handles: [String]) async throws(TopicError) {
        let stale = try await update(name) { queue in handles.filter { !queue.acknowledge($0) } }
        if let first = stale.first { throw .staleHandle(first) }
    }

    /// The first sequence of a topic's part in a partition that some queue still needs; nil without queues.
    package func needed(_ topic: TopicName, _ partition: Int) async throws(TopicError) -> UInt64? {
        try await queues().filter { $0.queue.topic == topic }.map { $0.queue.needed(partition) }.min()
    }

    /// What messages say, the handles of those that the topic no longer keeps, and of those that it does not show yet: after
    /// a loss of power the end of its log shows only once the owner has opened it.
    private func messages(
        _ open: [Queue.Open], of topic: TopicName
    ) async throws(TopicError) -> (messages: [QueueMessage], gone: [String], unseen: [String]) {
        var messages: [QueueMessage] = []
        var (gone, unseen): ([String], [String]) = ([], [])
        for message in open {
            let chunk: LogChunk
            do throws(LogError) {
                chunk = try await log(topic, message.partition).read(from: message.sequence, byteCountMax: 4_096)
            } catch {
                guard case .trimmed = error else { throw .log(error) }
                gone.append(message.handle ?? "")
                continue
            }
            guard !chunk.frames.isEmpty else {
                unseen.append(message.handle ?? "")
                continue
            }
            guard let frame = chunk.frames.first, let notice = TopicNotice.decode(chunk.payload(frame)) else {
                gone.append(message.handle ?? "")
                continue
            }
            messages.append(
                QueueMessage(
                    id: UniqueID(random: frame.id.bytes), handle: message.handle ?? "", message: notice.message,
                    receiveCount: message.receiveCount,
                    sentAt: frame.at))
        }
        return (messages, gone, unseen)
    }

    private func read(
        _ topic: TopicName, _ partition: Int, from: UInt64
    ) async throws(TopicError) -> ([(sequence: UInt64, lane: Lane)], next: UInt64) {
        let chunk: LogChunk
        do throws(LogError) {
            let log = log(topic, partition)
            do throws(LogError) {
                chunk = try await log.read(from: from, byteCountMax: 64 << 10)
            } catch {
                switch error {
                case .disk(.notFound): return ([], from)
                // Messages that nobody fetched within the retention are gone.
                case .trimmed(_, let first): chunk = try await log.read(from: max(first, from), byteCountMax: 64 << 10)
                default: throw error
                }
            }
        } catch {
            throw .log(error)
        }
        let notices = chunk.frames.compactMap { frame in
            TopicNotice.decode(chunk.payload(frame)).map { (frame.sequence, $0.lane) }
        }
        return (notices, chunk.next)
    }

    private func queue(_ name: TopicName) async throws(TopicError) -> Queue {
        let document: Document?
        do throws(DocumentError) { document = try await documents.get(try Self.key(name)) } catch {
            throw .documents(error)
        }
        guard let document else { throw .noSuchQueue(name.text) }
        return try Self.decode(document.body, name.text)
    }

    private func update<Result>(_ name: TopicName, _ change: (inout Queue) -> Result) async throws(TopicError) -> Result
    {
        for _ in 0..<1_000 {
            let document: Document?
            do throws(DocumentError) { document = try await documents.get(try Self.key(name)) } catch {
                throw .documents(error)
            }
            guard let document else { throw .noSuchQueue(name.text) }
            let old: Queue = try Self.decode(document.body, name.text)
            var queue = old
            let result = change(&queue)
            if queue == old { return result }
            let body = try Self.encode(queue, name)
            do throws(DocumentError) {
                _ = try await documents.put(document.key, body, ifRevision: document.revision)
                return result
            } catch {
                guard case .conflict = error else { throw .documents(error) }
            }
        }
        throw .contended(queue: name.text)
    }

    private static func key(_ name: TopicName) throws(DocumentError) -> DocumentKey {
        try DocumentKey("queues/\(name)")
    }

    private static func encode(_ queue: Queue, _ name: TopicName) throws(TopicError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(queue)) } catch { throw .damaged(queue: name.text, reason: "\(error)") }
    }

    private static func decode(_ body: [UInt8], _ name: String) throws(TopicError) -> Queue {
        do { return try JSONDecoder().decode(Queue.self, from: Data(body)) } catch {
            throw .damaged(queue: name, reason: "\(error)")
        }
    }
}
