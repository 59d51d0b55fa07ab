import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation
import Synchronization

/// A deployment's keyring and its surroundings: documents in memory, a clock that a test moves, a folder for root keys.
final class Scene: Sendable {
    static let account = try! AccountID("111122223333")
    static let otherAccount = try! AccountID("444455556666")
    static let trail = UniqueID(random: [UInt8](repeating: 1, count: 16))
    static let otherTrail = UniqueID(random: [UInt8](repeating: 2, count: 16))
    static let alice = KeyActor(.operator, name: "alice")
    static let day = Duration.seconds(86_400)
    /// 2026-03-01T10:12:44Z
    static let start = Timestamp(milliseconds: 1_772_359_964_000)

    let documents = MemoryDocuments()
    let clock = ManualTime(now: Scene.start)
    let random: SeededRandom
    let folder: String
    var root: RootSource { .file(folder + "/root.key") }

    init(seed: UInt64 = 1) throws {
        random = SeededRandom(seed: seed)
        folder = NSTemporaryDirectory() + "cairn-keys-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var time: ImpatientTime { ImpatientTime(clock) }

    func establish(
        _ root: RootSource? = nil, over documents: (any DocumentStore)? = nil, period: KeyPeriod = .month
    ) async throws(KeyError) -> Keyring {
        try await Keyring.establish(
            documents: documents ?? self.documents, time: time, random: random, root: root ?? self.root,
            period: period, environment: { _ in nil })
    }

    func open(
        _ root: RootSource? = nil, over documents: (any DocumentStore)? = nil, period: KeyPeriod = .month
    ) async throws(KeyError) -> Keyring {
        try await Keyring.open(
            documents: documents ?? self.documents, time: time, random: random, root: root ?? self.root,
            period: period, environment: { _ in nil })
    }

    /// A keyring with its standard key.
    func ring() async throws -> (ring: Keyring, key: KeyARN) {
        let ring = try await establish()
        return (ring, try await ring.standardKey(region: .usEast1, account: Self.account).arn)
    }

    func toNextMonth() { clock.advance(by: Self.day * 31) }

    func secretFile(_ name: String, _ text: String) throws -> String {
        let path = folder + "/" + name
        try SecretFile.create(path, Secret(Array(text.utf8).span))
        return path
    }

    // MARK: Data keys

    static func context(_ name: String = "a") throws -> EncryptionContext { try EncryptionContext(["file": name]) }

    static func bytes(_ secret: borrowing Secret) -> [UInt8] {
        secret.withKeyBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    /// What a file keeps of its data key, and the key itself to compare with.
    struct File: Sendable {
        var wrap: WrappedDataKey
        var bytes: [UInt8]
        var version: String
    }

    /// A new file: its data key, wrapped.
    static func write(
        _ ring: any KeyService, _ key: KeyARN, trail: UniqueID = trail, account: AccountID = account
    ) async throws -> File {
        let dataKey = try await ring.dataKey(
            for: KeyUse(key: key, trail: trail, account: account, context: try context()))
        return File(wrap: dataKey.wraps[0], bytes: bytes(dataKey.secret), version: dataKey.version)
    }

    static func opens(_ ring: any KeyService, _ file: File) async throws -> Bool {
        let secret = try await ring.open(file.wrap, context: try context())
        return bytes(secret) == file.bytes
    }

    /// Why a file does not open; nil when it does.
    static func refusal(_ ring: any KeyService, _ file: File) async -> KeyError? {
        do { return try await opens(ring, file) ? nil : .refused("it opens to other bytes") } catch {
            return error as? KeyError ?? .refused("\(error)")
        }
    }

    func shred(_ ring: Keyring, _ period: String = "2026-03") async throws(KeyError) -> KeyManifest.Tombstone {
        try await ring.shred(
            trail: Self.trail, account: Self.account, period: period, isDryRun: false, by: Self.alice
        ) {}
    }

    // MARK: Documents

    func all(_ prefix: String) async throws -> [Document] { try await documents.list(prefix: prefix) }

    func replace(_ document: Document, with body: [UInt8]) async throws {
        let now = try await documents.get(document.key)
        _ = try await documents.put(document.key, body, ifRevision: now?.revision)
    }

    func remove(_ document: Document) async throws {
        guard let now = try await documents.get(document.key) else { return }
        try await documents.remove(document.key, ifRevision: now.revision)
    }
}

/// Documents that stop once, before or after a call, while something else happens: another process that was quicker.
final class SteeredDocuments: DocumentStore {
    enum Moment: Sendable { case before, after }

    struct Call: Sendable {
        enum Kind: Sendable { case get, put, putMany, remove, list, purge }

        var kind: Kind
        /// The key, or the prefix of a list.
        var key: String
        /// How many calls there were, with this one.
        var number: Int
    }

    private let store: any DocumentStore
    private let state = Mutex((count: 0, isDone: false))
    private let isNow: @Sendable (Call, Moment) -> Bool
    private let meanwhile: @Sendable () async -> Void

    init(
        _ store: any DocumentStore, when isNow: @escaping @Sendable (Call, Moment) -> Bool,
        _ meanwhile: @escaping @Sendable () async -> Void
    ) {
        (self.store, self.isNow, self.meanwhile) = (store, isNow, meanwhile)
    }

    var didStop: Bool { state.withLock { $0.isDone } }

    private func count() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    private func pass(_ call: Call, _ moment: Moment) async {
        let stops = state.withLock { state in
            guard !state.isDone, isNow(call, moment) else { return false }
            state.isDone = true
            return true
        }
        if stops { await meanwhile() }
    }

    private func through<Result: Sendable>(
        _ kind: Call.Kind, _ key: String, _ body: () async throws(DocumentError) -> Result
    ) async throws(DocumentError) -> Result {
        let call = Call(kind: kind, key: key, number: count())
        await pass(call, .before)
        let result = try await body()
        await pass(call, .after)
        return result
    }

    func revision(_ key: DocumentKey) async throws(DocumentError) -> UInt64? {
        try await through(.get, "\(key)") { () throws(DocumentError) in try await store.revision(key) }
    }

    func get(_ key: DocumentKey) async throws(DocumentError) -> Document? {
        try await through(.get, "\(key)") { () throws(DocumentError) in try await store.get(key) }
    }

    func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64 {
        try await through(.put, "\(key)") { () throws(DocumentError) in
            try await store.put(key, body, ifRevision: ifRevision)
        }
    }

    func put(_ writes: [DocumentWrite]) async throws(DocumentError) -> [UInt64?] {
        try await through(.putMany, writes.first.map { "\($0.key)" } ?? "") { () throws(DocumentError) in
            try await store.put(writes)
        }
    }

    func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError) {
        try await through(.remove, "\(key)") { () throws(DocumentError) in
            try await store.remove(key, ifRevision: ifRevision)
        }
    }

    func list(prefix: String, after: DocumentKey?, limit: Int) async throws(DocumentError) -> [Document] {
        try await through(.list, prefix) { () throws(DocumentError) in
            try await store.list(prefix: prefix, after: after, limit: limit)
        }
    }

    func purge() async throws(DocumentError) {
        try await through(.purge, "") { () throws(DocumentError) in try await store.purge() }
    }
}
