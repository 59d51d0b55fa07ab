import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Synchronization
import Testing

/// Documents that remember every body they were ever given.
private final class Remembering: DocumentStore {
    private let store: MemoryDocuments
    private let bodies = Mutex<Set<[UInt8]>>([])

    init(_ store: MemoryDocuments) { self.store = store }

    var all: Set<[UInt8]> { bodies.withLock { $0 } }

    private func note(_ body: [UInt8]) { bodies.withLock { _ = $0.insert(body) } }

    func revision(_ key: DocumentKey) async throws(DocumentError) -> UInt64? { try await store.revision(key) }
    func get(_ key: DocumentKey) async throws(DocumentError) -> Document? { try await store.get(key) }
    func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64 {
        note(body)
        return try await store.put(key, body, ifRevision: ifRevision)
    }
    func put(_ writes: [DocumentWrite]) async throws(DocumentError) -> [UInt64?] {
        for write in writes { note(write.body) }
        return try await store.put(writes)
    }
    func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError) {
        try await store.remove(key, ifRevision: ifRevision)
    }
    func list(prefix: String, after: DocumentKey?, limit: Int) async throws(DocumentError) -> [Document] {
        try await store.list(prefix: prefix, after: after, limit: limit)
    }
    func purge() async throws(DocumentError) { try await store.purge() }
}

@Suite("No nonce comes twice under a key")
struct NonceTests {
    @Test("in a campaign of everything that seals and wraps, with failures", arguments: 1...8 as ClosedRange<UInt64>)
    func campaign(seed: UInt64) async throws {
        let scene = try Scene(seed: seed)
        let remembering = Remembering(scene.documents)
        let choices = SeededRandom(seed: seed &* 977)
        var ring = try await scene.establish(over: remembering)
        let key = try await ring.standardKey(region: .usEast1, account: Scene.account).arn
        var wraps: [String: Set<[UInt8]>] = [:]
        for _ in 0..<120 {
            if choices.below(4) == 0 { scene.documents.fail(call: 1 + choices.below(6)) }
            if choices.below(4) == 0 { scene.documents.loseAnswer(call: 1 + choices.below(6)) }
            do {
                switch choices.below(9) {
                case 0: _ = try await ring.rotate(key.id, by: Scene.alice)
                case 1: _ = try await ring.rewrap(key.id, by: Scene.alice)
                case 2: _ = try await ring.rekey(trail: nil, account: nil, by: Scene.alice)
                case 3: scene.toNextMonth()
                case 4: ring = try await scene.open(over: remembering)
                default:
                    let file = try await Scene.write(
                        ring, key, account: choices.below(2) == 0 ? Scene.account : Scene.otherAccount)
                    #expect(wraps[file.version, default: []].insert(Array(file.wrap.info.suffix(12))).inserted)
                }
            } catch { #expect(error is KeyError) }
            scene.documents.fail(call: nil)
            scene.documents.loseAnswer(call: nil)
        }
        // Each record: its label, and the nonce behind the head.
        var seen: [[UInt8]: Set<[UInt8]>] = [:]
        var count = 0
        for body in remembering.all where body.starts(with: Array("CAIRNKEY".utf8)) {
            var at = 10
            var label: [UInt8] = []
            for part in 0..<2 {
                let length = Int(body[at]) << 8 | Int(body[at + 1])
                if part == 0 { label = Array(body[at + 2..<at + 2 + length]) }
                at += 2 + length
            }
            let nonce = Array(body[at + 32..<at + 44])
            #expect(seen[label, default: []].insert(nonce).inserted)
            count += 1
        }
        #expect(count > 50 && wraps.count > 1)
    }
}
