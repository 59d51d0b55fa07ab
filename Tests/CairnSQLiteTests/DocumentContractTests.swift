import CairnDocuments
import CairnSQLite
import CairnTestKit
import Foundation
import Testing

/// A store of documents, in words.
enum StoreKind: String, CaseIterable, Sendable {
    case memory, sqlite
}

/// A directory that goes away with the object.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("Documents change by compare-and-swap, in every store")
struct DocumentContractTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    func store(_ kind: StoreKind) throws -> any DocumentStore {
        switch kind {
        case .memory: MemoryDocuments()
        case .sqlite: try SQLiteDocuments(path: directory.path + "/documents.sqlite")
        }
    }

    @Test("what was written is read, with the revision that the write gave", arguments: StoreKind.allCases)
    func readBack(_ kind: StoreKind) async throws {
        let store = try store(kind)
        let key = try DocumentKey("a/b")
        #expect(try await store.get(key) == nil)
        for body in [[], Array(0...255), [UInt8](repeating: 7, count: 200_000)] as [[UInt8]] {
            let before = try await store.get(key)?.revision
            let revision = try await store.put(key, body, ifRevision: before)
            #expect(try await store.get(key) == Document(key: key, revision: revision, body: body))
        }
    }

    @Test("a put with another revision than there is changes nothing", arguments: StoreKind.allCases)
    func conflicts(_ kind: StoreKind) async throws {
        let store = try store(kind)
        let key = try DocumentKey("a")
        await #expect(throws: DocumentError.conflict(key: "a", expected: 1)) {
            _ = try await store.put(key, [1], ifRevision: 1)
        }
        let first = try await store.put(key, [1], ifRevision: nil)
        await #expect(throws: DocumentError.conflict(key: "a", expected: nil)) {
            _ = try await store.put(key, [2], ifRevision: nil)
        }
        let second = try await store.put(key, [2], ifRevision: first)
        #expect(second > first)
        await #expect(throws: DocumentError.conflict(key: "a", expected: first)) {
            _ = try await store.put(key, [3], ifRevision: first)
        }
        await #expect(throws: DocumentError.conflict(key: "a", expected: first)) {
            try await store.remove(key, ifRevision: first)
        }
        #expect(try await store.get(key)?.body == [2])
    }

    @Test("a revision is never used again, not even after a removal", arguments: StoreKind.allCases)
    func revisions(_ kind: StoreKind) async throws {
        let store = try store(kind)
        let key = try DocumentKey("a")
        var seen: [UInt64] = []
        for _ in 0..<5 {
            let revision = try await store.put(key, [1], ifRevision: nil)
            seen.append(revision)
            try await store.remove(key, ifRevision: revision)
            #expect(try await store.get(key) == nil)
            await #expect(throws: DocumentError.conflict(key: "a", expected: revision)) {
                try await store.remove(key, ifRevision: revision)
            }
        }
        #expect(seen == seen.sorted() && Set(seen).count == 5)
    }

    @Test("a list has all keys of the prefix, none else, in order of their bytes", arguments: StoreKind.allCases)
    func list(_ kind: StoreKind) async throws {
        let store = try store(kind)
        for text in ["a/b", "a", "a-b", "a.b", "a/b/c", "b", "A", "a_b", "aa", "a/z", "a/Z", "a/0"] {
            _ = try await store.put(try DocumentKey(text), Array(text.utf8), ifRevision: nil)
        }
        let below = try await store.list(prefix: "a/")
        #expect(below.map(\.key.description) == ["a/0", "a/Z", "a/b", "a/b/c", "a/z"])
        #expect(below.allSatisfy { $0.body == Array($0.key.description.utf8) })
        let all = try await store.list(prefix: "")
        #expect(all.map(\.key) == all.map(\.key).sorted() && all.count == 12)
        #expect(try await store.list(prefix: "c").isEmpty)
    }

    @Test("of many who swap from the same revision exactly one wins", arguments: StoreKind.allCases)
    func race(_ kind: StoreKind) async throws {
        let store = try store(kind)
        let key = try DocumentKey("a")
        var revision: UInt64?
        for _ in 0..<5 {
            let expected = revision
            let winners = await withTaskGroup(of: UInt64?.self) { group in
                for i in 0..<8 { group.addTask { try? await store.put(key, [UInt8(i)], ifRevision: expected) } }
                return await group.reduce(into: [UInt64]()) { if let won = $1 { $0.append(won) } }
            }
            #expect(winners.count == 1)
            revision = winners.first
        }
    }

    @Test("keys are parts of plain characters")
    func keys() throws {
        for good in ["a", "a/b", "findings/x-1", "A:b@c_d.e", String(repeating: "k", count: 512)] {
            #expect(try DocumentKey(good).description == good)
        }
        for bad in ["", "/", "a/", "/a", "a//b", "a b", "ä", "a\0", "%", String(repeating: "k", count: 513)] {
            #expect(throws: DocumentError.badKey(bad)) { try DocumentKey(bad) }
        }
    }
}
