import CairnDocuments
import CairnSQLite
import Foundation
import GRDB
import Testing

@Suite("Documents in SQLite, shared by processes")
struct SQLiteFileTests {
    let directory: TemporaryDirectory
    var path: String { directory.path + "/documents.sqlite" }

    init() throws { directory = try TemporaryDirectory() }

    @Test("two stores on one file: each swap has one winner, and both see it")
    func twoStores() async throws {
        let stores = [try SQLiteDocuments(path: path), try SQLiteDocuments(path: path)]
        let key = try DocumentKey("counter")
        // Each adds its share by compare-and-swap; not one addition may be lost.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                let store = stores[worker % 2]
                group.addTask {
                    var left = 15
                    while left > 0 {
                        let old = try await store.get(key)
                        let sum = Int(old?.body.first ?? 0) + 1
                        do {
                            _ = try await store.put(key, [UInt8(sum)], ifRevision: old?.revision)
                            left -= 1
                        } catch DocumentError.conflict {}
                    }
                }
            }
            try await group.waitForAll()
        }
        for store in stores { #expect(try await store.get(key)?.body == [60]) }
    }

    @Test("what was answered is there when the file is opened again, and revisions go on")
    func reopen() async throws {
        let key = try DocumentKey("a")
        let first = try await SQLiteDocuments(path: path).put(key, [1], ifRevision: nil)
        let again = try SQLiteDocuments(path: path)
        #expect(try await again.get(key) == Document(key: key, revision: first, body: [1]))
        try await again.remove(key, ifRevision: first)
        #expect(try await SQLiteDocuments(path: path).put(key, [1], ifRevision: nil) > first)
    }

    @Test("a conflict takes no revision back and leaves no trace")
    func conflictRollsBack() async throws {
        let store = try SQLiteDocuments(path: path)
        let key = try DocumentKey("a")
        let first = try await store.put(key, [1], ifRevision: nil)
        _ = try? await store.put(key, [2], ifRevision: nil)
        #expect(try await store.put(key, [3], ifRevision: first) > first)
    }

    @Test("what was removed or replaced cannot be found in the files after a purge")
    func purge() async throws {
        let store = try SQLiteDocuments(path: path)
        let secrets = (0..<3).map { number in (0..<64).map { UInt8(truncatingIfNeeded: $0 * 37 + number * 11 + 5) } }
        let (a, b) = (try DocumentKey("a"), try DocumentKey("b"))
        let first = try await store.put(a, secrets[0], ifRevision: nil)
        let second = try await store.put(b, secrets[1], ifRevision: nil)
        _ = try await store.put(b, secrets[2], ifRevision: second)
        try await store.remove(a, ifRevision: first)
        try await store.purge()
        var found: Set<Int> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            let bytes = try Data(contentsOf: URL(filePath: "\(directory.path)/\(file)"))
            for (number, secret) in secrets.enumerated() where bytes.range(of: Data(secret)) != nil {
                found.insert(number)
            }
        }
        #expect(found == [2])
    }

    @Test("the writer syncs every change: synchronous is FULL, and the journal is WAL")
    func durability() throws {
        let store = try SQLiteDocuments(path: path)
        let pool = try #require(Mirror(reflecting: store).descendant("pool") as? DatabasePool)
        let (synchronous, journal) = try pool.writeWithoutTransaction { database in
            let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
            return (synchronous, try String.fetchOne(database, sql: "PRAGMA journal_mode"))
        }
        #expect(synchronous == 2 && journal == "wal")
    }

    @Test("nobody else may read the file")
    func mode() throws {
        _ = try SQLiteDocuments(path: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
    }

    @Test("a file of format 1 is made over with all that is in it, and revisions go on")
    func formatOne() async throws {
        try await DatabaseQueue(path: path).write { database in
            try database.execute(
                sql: """
                    CREATE TABLE documents (
                        key TEXT PRIMARY KEY COLLATE BINARY, revision INTEGER NOT NULL, body BLOB NOT NULL
                    ) WITHOUT ROWID;
                    CREATE TABLE counter (revision INTEGER NOT NULL);
                    INSERT INTO counter VALUES (7);
                    INSERT INTO documents VALUES ('b', 7, x'0102'), ('a', 3, zeroblob(3000000)), ('c/d', 5, x'');
                    PRAGMA user_version = 1;
                    """)
        }
        let store = try SQLiteDocuments(path: path)
        let found = try await store.list(prefix: "")
        #expect(found.map(\.key.description) == ["a", "b", "c/d"] && found.map(\.revision) == [3, 7, 5])
        #expect(found.map(\.body.count) == [3_000_000, 2, 0])
        #expect(try await store.put(try DocumentKey("b"), [9], ifRevision: 7) == 8)
        let tables = try await DatabaseQueue(path: path).read {
            try String.fetchAll($0, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        }
        #expect(tables == ["counter", "documents"])
    }

    @Test("a newer format is refused, and the file is left as it was")
    func newer() throws {
        _ = try SQLiteDocuments(path: path)
        try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 9") }
        #expect(throws: DocumentError.newerFormat(path: path, found: 9, known: 2)) {
            _ = try SQLiteDocuments(path: path)
        }
        let version = try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
        #expect(version == 9)
    }

    @Test("a file that is no database says so and is not overwritten")
    func damaged() throws {
        let bytes = Data(repeating: 0x41, count: 8_192)
        try bytes.write(to: URL(fileURLWithPath: path))
        #expect {
            _ = try SQLiteDocuments(path: path)
        } throws: {
            guard case DocumentError.damaged = $0 else { return false }
            return true
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
    }

    @Test("a directory that isn't there is an error for the operator")
    func noDirectory() {
        #expect {
            _ = try SQLiteDocuments(path: "\(directory.path)/none/documents.sqlite")
        } throws: {
            guard case DocumentError.unavailable = $0 else { return false }
            return true
        }
    }

    @Test("a document above 8 MiB is refused")
    func tooLarge() async throws {
        let store = try SQLiteDocuments(path: path)
        let limit = SQLiteDocuments.bodyByteCountMax
        await #expect(throws: DocumentError.tooLarge(key: "a", byteCount: limit + 1, limit: limit)) {
            _ = try await store.put(
                try DocumentKey("a"), [UInt8](repeating: 0, count: limit + 1), ifRevision: nil)
        }
    }
}
