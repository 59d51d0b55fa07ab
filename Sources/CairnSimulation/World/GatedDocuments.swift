import CairnDocuments
import CairnTestKit

/// The documents as one process has them.
struct GatedDocuments: DocumentStore {
    let process: SimulatedProcess
    private var world: World { process.world }
    private var documents: MemoryDocuments { process.world.documents }

    init(_ process: SimulatedProcess) { self.process = process }

    private func call<Result: Sendable>(
        _ operation: String, _ subject: String, isChange: Bool = false,
        _ body: () async throws(DocumentError) -> Result
    ) async throws(DocumentError) -> Result {
        if world.strikes(.documentsSlow) { await world.pause(.seconds(3)) }
        return try await process.pass(
            operation, subject, dead: { .unavailable(reason: "the process is dead") }
        ) { () async throws(DocumentError) in
            if world.strikes(.documentsFail) { throw .unavailable(reason: "told to fail") }
            let result = try await body()
            if isChange, world.strikes(.documentsAnswerLost) { throw .unavailable(reason: "the answer is lost") }
            return result
        }
    }

    func get(_ key: DocumentKey) async throws(DocumentError) -> Document? {
        try await call("get document", key.description) { () async throws(DocumentError) in
            try await documents.get(key)
        }
    }

    func revision(_ key: DocumentKey) async throws(DocumentError) -> UInt64? {
        try await call("get revision", key.description) { () async throws(DocumentError) in
            try await documents.revision(key)
        }
    }

    func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64 {
        try await call("swap document", key.description, isChange: true) { () async throws(DocumentError) in
            tell(key, body)
            return try await documents.put(key, body, ifRevision: ifRevision)
        }
    }

    /// What a document says now, for the story. Those of keys are sealed.
    private func tell(_ key: DocumentKey, _ body: [UInt8]) {
        guard !key.description.hasPrefix("keys/") else { return }
        world.trace.aside("\(key): \(String(decoding: body, as: UTF8.self))")
    }

    func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError) {
        try await call("remove document", key.description, isChange: true) { () async throws(DocumentError) in
            try await documents.remove(key, ifRevision: ifRevision)
        }
    }

    func put(_ writes: [DocumentWrite]) async throws(DocumentError) -> [UInt64?] {
        try await call("swap documents", writes.map(\.key.description).joined(separator: " "), isChange: true) {
            () async throws(DocumentError) in
            for write in writes { tell(write.key, write.body) }
            return try await documents.put(writes)
        }
    }

    func list(prefix: String, after: DocumentKey?, limit: Int) async throws(DocumentError) -> [Document] {
        try await call("list documents", prefix) { () async throws(DocumentError) in
            try await documents.list(prefix: prefix, after: after, limit: limit)
        }
    }

    func purge() async throws(DocumentError) {
        try await call("purge documents", "") { () async throws(DocumentError) in try await documents.purge() }
    }
}
