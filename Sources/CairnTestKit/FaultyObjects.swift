package import CairnFormat
package import CairnObjects
import Synchronization

/// A store around another that can be told to fail.
package final class FaultyObjects: ObjectStore {
    /// What becomes of what the store is asked to do with an object beside keeping it.
    package enum Protecting: Sendable {
        /// The store behind decides.
        case asAsked
        /// It is done.
        case done
        /// The object is kept, nothing else is done, and the answer does not say that it was.
        case ignored
    }

    private struct Fault {
        var part: String
        var left: Int
        var error: @Sendable (ObjectLocation) -> ObjectError
    }

    private struct State {
        var denied: Set<String> = []
        var faults: [Fault] = []
        var lostAnswers = 0
        var putCount = 0
        var planted: (part: String, bytes: [UInt8])?
        var protecting = Protecting.asAsked
        var protected: [ObjectLocation: ObjectProtection] = [:]
    }

    private let store: any ObjectStore
    private let state = Mutex(State())

    package init(_ store: any ObjectStore) { self.store = store }

    // MARK: What a test does to it

    /// These buckets answer 403 for as long as they are named.
    package func deny(_ buckets: Set<String>) { state.withLock { $0.denied = buckets } }

    /// The next changes happen, but their answers are lost.
    package func loseAnswers(_ count: Int) { state.withLock { $0.lostAnswers = count } }

    /// The next `count` calls on keys that contain `part` fail and do nothing.
    package func fail(
        _ count: Int,
        keysContaining part: String = "",
        with error: @escaping @Sendable (ObjectLocation) -> ObjectError = { .unavailable($0, reason: "told to fail") }
    ) {
        state.withLock { $0.faults.append(Fault(part: part, left: count, error: error)) }
    }

    /// No call fails any more, but for buckets that are denied.
    package func heal() {
        state.withLock { state in
            state.faults = []
            state.lostAnswers = 0
        }
    }

    /// The next put to a key that contains `part` finds that a stranger was there a moment earlier.
    package func plant(_ bytes: [UInt8], keysContaining part: String = "") {
        state.withLock { $0.planted = (part, bytes) }
    }

    /// From now on.
    package func set(protecting: Protecting) { state.withLock { $0.protecting = protecting } }

    /// How many puts there were.
    package var putCount: Int { state.withLock { $0.putCount } }

    // MARK: ObjectStore

    @discardableResult
    package func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?
    ) async throws(ObjectError) -> String {
        try check(location)
        let stranger = state.withLock { state -> [UInt8]? in
            state.putCount += 1
            guard let planted = state.planted, Self.has(location, planted.part) else { return nil }
            state.planted = nil
            return planted.bytes
        }
        if let stranger { try await store.put(stranger, at: location, metadata: [:], protection: nil) }
        let etag = try await store.put(bytes, at: location, metadata: metadata, protection: passed(protection))
        try protect(location, protection)
        try answer(location)
        return etag
    }

    @discardableResult
    package func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?,
        ifETag: String
    ) async throws(ObjectError) -> String {
        try check(location)
        let etag = try await store.replace(
            bytes, at: location, metadata: metadata, protection: passed(protection), ifETag: ifETag)
        try protect(location, protection)
        try answer(location)
        return etag
    }

    package func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject {
        try check(location)
        let object = try await store.get(location, limit: limit)
        return StoredObject(bytes: object.bytes, head: head(object.head, location))
    }

    package func get(
        _ location: ObjectLocation, range: Range<Int>, ifETag: String
    ) async throws(ObjectError) -> [UInt8] {
        try check(location)
        return try await store.get(location, range: range, ifETag: ifETag)
    }

    package func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead {
        try check(location)
        return head(try await store.head(location), location)
    }

    // MARK: Protection

    private func passed(_ protection: ObjectProtection?) -> ObjectProtection? {
        state.withLock { if case .asAsked = $0.protecting { protection } else { nil } }
    }

    private func protect(_ location: ObjectLocation, _ protection: ObjectProtection?) throws(ObjectError) {
        let isIgnored = state.withLock { state in
            state.protected[location] = nil
            guard let protection else { return false }
            if case .done = state.protecting { state.protected[location] = protection }
            if case .ignored = state.protecting { return true }
            return false
        }
        if isIgnored { throw .denied(location, reason: "the store says nothing of what it was asked to do") }
    }

    private func head(_ head: ObjectHead, _ location: ObjectLocation) -> ObjectHead {
        guard let protection = state.withLock({ $0.protected[location] }) else { return head }
        var keeping = ObjectKeeping()
        keeping.hold = protection.hold
        switch protection.encryption {
        case .storeKey: keeping.encryption = .storeKey
        case .kms(let key, _): keeping.encryption = .kms(key: key.description)
        case nil: break
        }
        return ObjectHead(etag: head.etag, byteCount: head.byteCount, metadata: head.metadata, keeping: keeping)
    }

    package func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey] {
        if let key = try? ObjectKey(prefix.isEmpty ? "*" : prefix) {
            try check(ObjectLocation(bucket: bucket, key: key))
        }
        return try await store.list(bucket, prefix: prefix, after: after, limit: limit)
    }

    // MARK: Faults

    private func check(_ location: ObjectLocation) throws(ObjectError) {
        let failure = state.withLock { state -> ObjectError? in
            if state.denied.contains(location.bucket.text) { return .denied(location, reason: "told to deny") }
            guard let index = state.faults.firstIndex(where: { Self.has(location, $0.part) }) else {
                return nil
            }
            let fault = state.faults[index]
            state.faults[index].left -= 1
            if state.faults[index].left <= 0 { state.faults.remove(at: index) }
            return fault.error(location)
        }
        if let failure { throw failure }
    }

    private static func has(_ location: ObjectLocation, _ part: String) -> Bool {
        part.isEmpty || location.key.text.contains(part)
    }

    private func answer(_ location: ObjectLocation) throws(ObjectError) {
        let isLost = state.withLock { state in
            guard state.lostAnswers > 0 else { return false }
            state.lostAnswers -= 1
            return true
        }
        if isLost { throw .unavailable(location, reason: "the answer is lost") }
    }
}
