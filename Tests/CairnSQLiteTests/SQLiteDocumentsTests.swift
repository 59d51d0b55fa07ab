import CairnDocuments
import CairnSQLite
import Foundation
import GRDB
import Testing

@Suite("Documents change by compare-and-swap alone, durably")
struct SQLiteDocumentsTests {
    static func scratch() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cairn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appending(path: "documents.sqlite").path()
    }

    @Test("of two stores on one file exactly one wins each swap")
    func competition() async throws {
        let path = try Self.scratch()
        let stores = [try SQLiteDocuments(path: path), try SQLiteDocuments(path: path)]
        let key = try DocumentKey("counter")
        var revision = try await stores[0].put(key, [0], ifRevision: nil)
        for _ in 0..<25 {
            let known = revision
            let wins = await withTaskGroup(of: UInt64?.self) { group in
                for store in stores { group.addTask { try? await store.put(key, [1], ifRevision: known) } }
                return await group.reduce(into: [UInt64]()) { if let won = $1 { $0.append(won) } }
            }
            #expect(wins.count == 1)
            revision = wins[0]
        }
    }

    @Test("what was written is there for the next process, for nobody else to read")
    func reopening() async throws {
        let path = try Self.scratch()
        let key = try DocumentKey("a")
        _ = try await SQLiteDocuments(path: path).put(key, [7], ifRevision: nil)
        #expect(try await SQLiteDocuments(path: path).get(key)?.body == [7])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test("a newer format is refused")
    func newerFormat() throws {
        let path = try Self.scratch()
        _ = try SQLiteDocuments(path: path)
        try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 9") }
        #expect(throws: DocumentError.newerFormat(path: path, found: 9, known: 2)) { try SQLiteDocuments(path: path) }
    }

    @Test("a file that is no database is damaged, not overwritten")
    func noDatabase() throws {
        let path = try Self.scratch()
        try Data(repeating: 7, count: 5_000).write(to: URL(filePath: path))
        #expect {
            try SQLiteDocuments(path: path)
        } throws: { error in
            guard let error = error as? DocumentError, case .damaged = error else { return false }
            return true
        }
    }
}
