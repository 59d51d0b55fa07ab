package import CairnDocuments
import CairnFormat
package import CairnLog
package import CairnSystem
import FoundationEssentials

/// The subscriptions of a deployment, and how far each has come.
package struct SubscriptionService: Sendable {
    private static let prefix = "subscriptions/"
    private static let statePrefix = "forwarded/"
    private static let countMax = 100

    private let documents: any DocumentStore
    private let random: any RandomSource
    private let partitionCount: Int
    private let log: @Sendable (_ topic: TopicName, _ partition: Int) -> any EventLog

    /// - Parameter log: gives the log of a topic's part in a partition, for reading.
    package init(
        documents: any DocumentStore, random: any RandomSource, partitionCount: Int,
        log: @escaping @Sendable (_ topic: TopicName, _ partition: Int) -> any EventLog
    ) {
        (self.documents, self.random, self.partitionCount, self.log) = (documents, random, partitionCount, log)
    }

    // MARK: Subscriptions

    /// Makes a subscription that gets what is announced from now on.
    ///
    /// - Parameter secrets: what a webhook's posts are signed with; kept by the caller.
    package func create(
        _ name: TopicName, topic: TopicName, to destination: Destination, isRaw: Bool = false,
        patienceMilliseconds: Int64 = Subscription.standardPatience, secrets: [Subscription.SigningSecret] = []
    ) async throws(TopicError) {
        let present = try await all()
        guard present.count < Self.countMax else { throw .tooManySubscriptions(limit: Self.countMax) }
        guard !present.contains(where: { $0.topic == topic && $0.name == name }) else {
            throw .subscriptionExists(topic: topic.text, name: name.text)
        }
        let subscription = Subscription(
            id: UniqueID(random: random.bytes(16)), topic: topic, name: name, destination: destination, isRaw: isRaw,
            patienceMilliseconds: patienceMilliseconds, starts: try await ends(of: topic), secrets: secrets)
        let body = try Self.encode(subscription)
        do throws(DocumentError) {
            _ = try await documents.put(try Self.key(topic, name), body, ifRevision: nil)
        } catch {
            if case .conflict = error { throw .subscriptionExists(topic: topic.text, name: name.text) }
            throw .documents(error)
        }
    }

    /// The sequence behind the last notice of each partition.
    func ends(of topic: TopicName) async throws(TopicError) -> [UInt64] {
        try await TopicEnds.read(topic, partitionCount: partitionCount, log: log)
    }

    /// All of them, by topic and name.
    package func all() async throws(TopicError) -> [Subscription] {
        var found: [Subscription] = []
        for document in try await list(Self.prefix) { found.append(try Self.decode(document)) }
        return found
    }

    package func subscription(_ topic: TopicName, _ name: TopicName) async throws(TopicError) -> Subscription {
        guard let document = try await get(try key { () throws(DocumentError) in try Self.key(topic, name) }) else {
            throw .noSuchSubscription(topic: topic.text, name: name.text)
        }
        return try Self.decode(document)
    }

    /// Ends a subscription and forgets how far it came. What it had not got it never gets.
    package func remove(_ subscription: Subscription) async throws(TopicError) {
        try await remove(try key { () throws(DocumentError) in try Self.key(subscription.topic, subscription.name) })
        for partition in 0..<partitionCount {
            try await remove(
                try key { () throws(DocumentError) in try Self.key(subscription, partition: partition) })
        }
    }

    /// Changes a subscription that is still the same.
    package func change(_ old: Subscription, _ change: (inout Subscription) -> Void) async throws(TopicError) {
        try await update(try key { () throws(DocumentError) in try Self.key(old.topic, old.name) }) {
            (subscription: inout Subscription?) in
            guard var changed = subscription, changed.id == old.id else { return }
            change(&changed)
            subscription = changed
        }
    }

    // MARK: How far they have come

    package func state(_ subscription: Subscription, partition: Int) async throws(TopicError) -> ForwardState {
        let start = ForwardState(subscription: subscription.id, next: subscription.starts[partition])
        let key = try key { () throws(DocumentError) in try Self.key(subscription, partition: partition) }
        guard let document = try await get(key) else { return start }
        let state: ForwardState = try Self.decode(document)
        // One of the same name before it.
        return state.subscription == subscription.id ? state : start
    }

    package func changeState(
        _ subscription: Subscription, partition: Int, _ change: (inout ForwardState) -> Void
    ) async throws(TopicError) {
        let start = ForwardState(subscription: subscription.id, next: subscription.starts[partition])
        try await update(try key { () throws(DocumentError) in try Self.key(subscription, partition: partition) }) {
            (state: inout ForwardState?) in
            var changed = state.flatMap { $0.subscription == subscription.id ? $0 : nil } ?? start
            change(&changed)
            state = changed
        }
    }

    /// The first sequence of a topic's part in a partition that some subscription still needs; nil without any.
    package func needed(_ topic: TopicName, _ partition: Int) async throws(TopicError) -> UInt64? {
        var needed: UInt64?
        for subscription in try await all() where subscription.topic == topic {
            let next = try await state(subscription, partition: partition).next
            needed = min(needed ?? next, next)
        }
        return needed
    }

    // MARK: Documents

    private static func key(_ topic: TopicName, _ name: TopicName) throws(DocumentError) -> DocumentKey {
        try DocumentKey("\(prefix)\(topic)/\(name)")
    }

    private static func key(_ subscription: Subscription, partition: Int) throws(DocumentError) -> DocumentKey {
        try DocumentKey("\(statePrefix)\(subscription.topic)/\(subscription.name)/\(partition)")
    }

    private func key(_ make: () throws(DocumentError) -> DocumentKey) throws(TopicError) -> DocumentKey {
        do throws(DocumentError) { return try make() } catch { throw .documents(error) }
    }

    private func get(_ key: DocumentKey) async throws(TopicError) -> Document? {
        do throws(DocumentError) { return try await documents.get(key) } catch { throw .documents(error) }
    }

    private func list(_ prefix: String) async throws(TopicError) -> [Document] {
        do throws(DocumentError) { return try await documents.list(prefix: prefix) } catch { throw .documents(error) }
    }

    private func remove(_ key: DocumentKey) async throws(TopicError) {
        while let document = try await get(key) {
            do throws(DocumentError) {
                return try await documents.remove(key, ifRevision: document.revision)
            } catch {
                guard case .conflict = error else { throw .documents(error) }
            }
        }
    }

    private func update<Content: Codable & Equatable>(
        _ key: DocumentKey, _ change: (inout Content?) -> Void
    ) async throws(TopicError) {
        for _ in 0..<100 {
            let document = try await get(key)
            let old: Content? = try document.map { (document) throws(TopicError) in try Self.decode(document) }
            var content = old
            change(&content)
            guard let content, content != old else { return }
            let body = try Self.encode(content)
            do throws(DocumentError) {
                _ = try await documents.put(key, body, ifRevision: document?.revision)
                return
            } catch {
                guard case .conflict = error else { throw .documents(error) }
            }
        }
        throw .contended(queue: "\(key)")
    }

    private static func encode(_ content: some Encodable) throws(TopicError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(content)) } catch {
            throw .damaged(queue: "a subscription", reason: "\(error)")
        }
    }

    private static func decode<Content: Decodable>(_ document: Document) throws(TopicError) -> Content {
        do { return try JSONDecoder().decode(Content.self, from: Data(document.body)) } catch {
            throw .damaged(queue: "\(document.key)", reason: "\(error)")
        }
    }
}
