import CairnDocuments
import CairnSQLite
import CairnTestKit
import Foundation
import GRDB
import Testing

@Suite("Documents in SQLite keep the promises of a store")
struct DocumentStoreSpecTests {
    let folder: URL
    var path: String { folder.path + "/documents.sqlite" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func cleanUp() { try? FileManager.default.removeItem(at: folder) }

    @Test("each rule", arguments: DocumentStoreSpec.rules)
    func spec(_ rule: DocumentStoreSpec.Rule) async throws {
        defer { cleanUp() }
        try await rule.check(try SQLiteDocuments(path: path))
    }

    @Test("many who make the file at once all work on the same one, which nobody else may read")
    func openedAtOnce() async throws {
        defer { cleanUp() }
        for round in 0..<5 {
            let path = "\(folder.path)/\(round).sqlite"
            let key = try DocumentKey("a")
            let won = await withTaskGroup(of: Bool.self) { group in
                for i in 0..<4 as Range<UInt8> {
                    group.addTask {
                        (try? await SQLiteDocuments(path: path).put(key, [i], ifRevision: nil)) != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(won == 1)
            let store = try SQLiteDocuments(path: path)
            #expect(try await store.get(key)?.revision == 1)
            for suffix in ["", "-wal", "-shm"] {
                var status = stat()
                #expect(lstat(path + suffix, &status) == 0 && status.st_mode & 0o777 == 0o600, "\(path)\(suffix)")
            }
        }
    }

    @Test(
        "rows that cairn did not write are damage, not a crash",
        arguments: [
            "UPDATE documents SET revision = -1", "UPDATE documents SET revision = 'x'",
            "UPDATE documents SET body = 'text'",
            "UPDATE documents SET body = 5", "UPDATE documents SET key = 'a' || char(10)",
        ])
    func strangeRows(_ change: String) async throws {
        defer { cleanUp() }
        let store = try SQLiteDocuments(path: path)
        _ = try await store.put(try DocumentKey("a"), [1], ifRevision: nil)
        try await DatabaseQueue(path: path).write { try $0.execute(sql: change) }
        await #expect {
            _ = try await store.list(prefix: "")
        } throws: {
            if case .damaged = $0 as? DocumentError { true } else { false }
        }
    }

    @Test("a file of another mode, as from a backup, is for nobody else to read again")
    func restored() throws {
        defer { cleanUp() }
        _ = try SQLiteDocuments(path: path)
        #expect(chmod(path, 0o644) == 0)
        _ = try SQLiteDocuments(path: path)
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }
}
