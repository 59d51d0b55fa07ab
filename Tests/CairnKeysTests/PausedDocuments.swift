import CairnDocuments
import Synchronization

/// Documents behind which something happens after a number of calls: another process that was quicker.
final class PausedDocuments: DocumentStore {
    private let store: any DocumentStore
    private let left: Mutex<Int>
    private let meanwhile: @Sendable () async -> Void

    init(_ store: any DocumentStore, after calls: Int, _ meanwhile: @escaping @Sendable () async -> Void) {
        self.store = store
        left = Mutex(calls)
        self.meanwhile = meanwhile
    }

    private func count() async {
        let isNow = left.withLock { left in
            left -= 1
            return left == 0
        }
        if isNow { await meanwhile() }
    }

    func get(_ key: DocumentKey) async throws(DocumentError) -> Document? {
        await count()
        return try await store.get(key)
    }

    func revision(_ key: DocumentKey) async throws(DocumentError) -> UInt64? {
        await count()
        return try await store.revision(key)
    }

    func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64 {
        await count()
        return try await store.put(key, body, ifRevision: ifRevision)
    }

    func put(_ writes: [DocumentWrite]) async throws(DocumentError) -> [UInt64?] {
        await count()
        return try await store.put(writes)
    }

    func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError) {
        await count()
        try await store.remove(key, ifRevision: ifRevision)
    }

    func list(prefix: String, after: DocumentKey?, limit: Int) async throws(DocumentError) -> [Document] {
        await count()
        return try await store.list(prefix: prefix, after: after, limit: limit)
    }

    func purge() async throws(DocumentError) { try await store.purge() }
}
