package import CairnDocuments
import Synchronization

/// Documents in memory, which can be told to fail.
package final class MemoryDocuments: DocumentStore {
    private struct State {
        var documents: [String: Document] = [:]
        var revision: UInt64 = 0
        var callCount = 0
        var failAt: Int?
        var loseAnswerAt: Int?
    }

    private let state = Mutex(State())

    package init() {}

    /// How many calls there were.
    package var callCount: Int { state.withLock { $0.callCount } }

    /// The call with this number, counted from now, fails before it does anything.
    package func fail(call number: Int?) {
        state.withLock { state in state.failAt = number.map { state.callCount + $0 } }
    }

    /// The change with this number, counted from now, happens, but its answer is lost.
    package func loseAnswer(call number: Int?) {
        state.withLock { state in state.loseAnswerAt = number.map { state.callCount + $0 } }
    }

    private func call<Result>(_ body: (inout State) throws(DocumentError) -> Result) throws(DocumentError) -> Result {
        let result: Swift.Result<Result, DocumentError> = state.withLock { state in
            state.callCount += 1
            if state.callCount == state.failAt { return .failure(.unavailable(reason: "told to fail")) }
            let result: Result
            do throws(DocumentError) { result = try body(&state) } catch { return .failure(error) }
            return state.callCount == state.loseAnswerAt
                ? .failure(.unavailable(reason: "the answer is lost")) : .success(result)
        }
        return try result.get()
    }

    package func get(_ key: DocumentKey) async throws(DocumentError) -> Document? {
        try call { (state) throws(DocumentError) in state.documents[key.description] }
    }

    package func revision(_ key: DocumentKey) async throws(DocumentError) -> UInt64? {
        try await get(key)?.revision
    }

    package func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64 {
        guard body.count <= Self.bodyByteCountMax else {
            throw .tooLarge(key: key.description, byteCount: body.count, limit: Self.bodyByteCountMax)
        }
        return try call { (state) throws(DocumentError) in
            guard state.documents[key.description]?.revision == ifRevision else {
                throw .conflict(key: key.description, expected: ifRevision)
            }
            state.revision += 1
            state.documents[key.description] = Document(key: key, revision: state.revision, body: body)
            return state.revision
        }
    }

    package func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError) {
        try call { (state) throws(DocumentError) in
            guard state.documents[key.description]?.revision == ifRevision else {
                throw .conflict(key: key.description, expected: ifRevision)
            }
            state.documents[key.description] = nil
        }
    }

    package func put(_ writes: [DocumentWrite]) async throws(DocumentError) -> [UInt64?] {
        try call { (state) throws(DocumentError) in
            writes.map { write in
                guard state.documents[write.key.description]?.revision == write.ifRevision else { return nil }
                state.revision += 1
                state.documents[write.key.description] = Document(
                    key: write.key, revision: state.revision, body: write.body)
                return state.revision
            }
        }
    }

    package func list(prefix: String, after: DocumentKey?, limit: Int) async throws(DocumentError) -> [Document] {
        try call { (state) throws(DocumentError) in
            let found = state.documents.values.filter { document in
                document.key.description.utf8.starts(with: prefix.utf8) && after.map { $0 < document.key } ?? true
            }
            return Array(found.sorted { $0.key < $1.key }.prefix(limit))
        }
    }

    package func purge() async throws(DocumentError) { try call { (_) throws(DocumentError) in } }

    // MARK: Time travel

    /// All there is, as a backup would hold it.
    package func snapshot() -> [Document] { state.withLock { Array($0.documents.values) } }

    /// Puts everything back as it was in a snapshot.
    package func restore(_ snapshot: [Document]) {
        state.withLock { state in
            state.documents = Dictionary(uniqueKeysWithValues: snapshot.map { ($0.key.description, $0) })
        }
    }
}
