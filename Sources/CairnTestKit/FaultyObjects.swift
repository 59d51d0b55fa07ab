package import CairnFormat
package import CairnObjects
import Synchronization

/// A store around another that can be told to fail.
package final class FaultyObjects: ObjectStore {
    private struct State {
        var denied: Set<String> = []
        var lostAnswers = 0
        var putCount = 0
    }

    private let store: any ObjectStore
    private let state = Mutex(State())

    package init(_ store: any ObjectStore) { self.store = store }

    /// These buckets answer 403 for as long as they are named.
    package func deny(_ buckets: Set<String>) { state.withLock { $0.denied = buckets } }

    /// The next puts happen, but their answers are lost.
    package func loseAnswers(_ count: Int) { state.withLock { $0.lostAnswers = count } }

    /// How many puts there were.
    package var putCount: Int { state.withLock { $0.putCount } }

    private func check(_ location: ObjectLocation) throws(ObjectError) {
        if state.withLock({ $0.denied.contains(location.bucket.text) }) {
            throw .denied(location, reason: "told to deny")
        }
    }

    package func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String]
    ) async throws(ObjectError) -> String {
        try check(location)
        state.withLock { $0.putCount += 1 }
        let etag = try await store.put(bytes, at: location, metadata: metadata)
        let isLost = state.withLock { state in
            guard state.lostAnswers > 0 else { return false }
            state.lostAnswers -= 1
            return true
        }
        if isLost { throw .unavailable(location, reason: "the answer is lost") }
        return etag
    }

    package func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], ifETag: String
    ) async throws(ObjectError) -> String {
        try check(location)
        return try await store.replace(bytes, at: location, metadata: metadata, ifETag: ifETag)
    }

    package func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject {
        try check(location)
        return try await store.get(location, limit: limit)
    }

    package func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead {
        try check(location)
        return try await store.head(location)
    }

    package func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey] {
        try await store.list(bucket, prefix: prefix, after: after, limit: limit)
    }
}
