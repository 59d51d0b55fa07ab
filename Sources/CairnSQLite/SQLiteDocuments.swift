package import CairnDocuments
import FoundationEssentials
import GRDB

/// Documents in an SQLite file that several processes may share.
///
/// Every change is synced (`synchronous = FULL` in WAL mode) before it is answered. Revisions come from one counter of
/// the file, so they are never used again. Writers of other processes are waited for, 10 seconds at most.
package final class SQLiteDocuments: DocumentStore {
    private let pool: DatabasePool

    /// Opens the file, making it if there is none.
    package init(path: String) throws(DocumentError) {
        try PrivateFile.make(path)
        do {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(10)
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // GRDB's pool sets NORMAL when it opens a connection; with that a loss of power takes answered changes back.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
                    throw DocumentError.damaged(reason: "SQLite does not accept synchronous = FULL")
                }
                try DocumentFormat.prepare(database, path: path)
            }
        } catch {
            throw DocumentError(error)
        }
    }

    package func get(_ key: DocumentKey) async throws(DocumentError) -> Document? {
        do {
            return try await pool.read { database in
                let row = try Row.fetchOne(
                    database, sql: "SELECT key, revision, body FROM documents WHERE key = ?",
                    arguments: [key.description])
                return try row.map { row in try DocumentFormat.document(row) }
            }
        } catch {
            throw DocumentError(error)
        }
    }

    package func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64 {
        guard body.count <= Self.bodyByteCountMax else {
            throw .tooLarge(key: key.description, byteCount: body.count, limit: Self.bodyByteCountMax)
        }
        let conflict = DocumentError.conflict(key: key.description, expected: ifRevision)
        do {
            // An immediate transaction: the compare and the swap see the same state. What it throws takes it all back.
            return try await pool.write { database in
                try database.execute(sql: "UPDATE counter SET revision = revision + 1")
                if let ifRevision {
                    guard let expected = Int64(exactly: ifRevision) else { throw conflict }
                    try database.execute(
                        sql: """
                            UPDATE documents SET body = ?, revision = (SELECT revision FROM counter)
                            WHERE key = ? AND revision = ?
                            """,
                        arguments: [Data(body), key.description, expected])
                } else {
                    try database.execute(
                        sql: """
                            INSERT INTO documents (key, revision, body) SELECT ?, revision, ? FROM counter
                            WHERE NOT EXISTS (SELECT 1 FROM documents WHERE key = ?)
                            """,
                        arguments: [key.description, Data(body), key.description])
                }
                guard database.changesCount == 1 else { throw conflict }
                guard let row = try Row.fetchOne(database, sql: "SELECT revision FROM counter") else {
                    throw DocumentError.damaged(reason: "the counter of revisions is gone")
                }
                return try DocumentFormat.revision(row[0], of: "the counter of revisions")
            }
        } catch {
            throw DocumentError(error)
        }
    }

    package func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError) {
        let conflict = DocumentError.conflict(key: key.description, expected: ifRevision)
        guard let expected = Int64(exactly: ifRevision) else { throw conflict }
        do {
            try await pool.write { database in
                try database.execute(
                    sql: "DELETE FROM documents WHERE key = ? AND revision = ?", arguments: [key.description, expected])
                guard database.changesCount == 1 else { throw conflict }
            }
        } catch {
            throw DocumentError(error)
        }
    }

    package func list(prefix: String) async throws(DocumentError) -> [Document] {
        do {
            return try await pool.read { database in
                // Keys are ASCII: everything that begins with the prefix sorts before the prefix and U+007F.
                let rows = try Row.fetchAll(
                    database,
                    sql: "SELECT key, revision, body FROM documents WHERE key >= ? AND key < ? ORDER BY key",
                    arguments: [prefix, prefix + "\u{7F}"])
                return try rows.map { row in try DocumentFormat.document(row) }
            }
        } catch {
            throw DocumentError(error)
        }
    }
}
