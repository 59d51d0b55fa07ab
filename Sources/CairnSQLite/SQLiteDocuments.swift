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
                // What is removed is overwritten: keys that are destroyed must not lie about in free pages.
                try database.execute(sql: "PRAGMA secure_delete = ON")
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

    package func revision(_ key: DocumentKey) async throws(DocumentError) -> UInt64? {
        do {
            return try await pool.read { database in
                let row = try Row.fetchOne(
                    database, sql: "SELECT revision FROM documents WHERE key = ?", arguments: [key.description])
                return try row.map { row in try DocumentFormat.revision(row[0], of: key.description) }
            }
        } catch {
            throw DocumentError(error)
        }
    }

    package func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64 {
        guard body.count <= Self.bodyByteCountMax else {
            throw .tooLarge(key: key.description, byteCount: body.count, limit: Self.bodyByteCountMax)
        }
        let write = DocumentWrite(key, body, ifRevision: ifRevision)
        do {
            // An immediate transaction: the compare and the swap see the same state. What it throws takes it all back.
            return try await pool.write { database in
                guard let revision = try Self.swap(write, database) else {
                    throw DocumentError.conflict(key: key.description, expected: ifRevision)
                }
                return revision
            }
        } catch {
            throw DocumentError(error)
        }
    }

    package func put(_ writes: [DocumentWrite]) async throws(DocumentError) -> [UInt64?] {
        for write in writes where write.body.count > Self.bodyByteCountMax {
            throw .tooLarge(key: write.key.description, byteCount: write.body.count, limit: Self.bodyByteCountMax)
        }
        do {
            return try await pool.write { database in try writes.map { try Self.swap($0, database) } }
        } catch {
            throw DocumentError(error)
        }
    }

    /// The new revision; nil when the document was not at the revision that the write names, and so was not written.
    private static func swap(_ write: DocumentWrite, _ database: Database) throws -> UInt64? {
        let (key, body) = (write.key.description, Data(write.body))
        try database.cachedStatement(sql: "UPDATE counter SET revision = revision + 1").execute()
        if let ifRevision = write.ifRevision {
            guard let expected = Int64(exactly: ifRevision) else { return nil }
            try database.cachedStatement(
                sql: """
                    UPDATE documents SET body = ?, revision = (SELECT revision FROM counter)
                    WHERE key = ? AND revision = ?
                    """
            ).execute(arguments: [body, key, expected])
        } else {
            try database.cachedStatement(
                sql: """
                    INSERT INTO documents (key, revision, body) SELECT ?, revision, ? FROM counter
                    WHERE NOT EXISTS (SELECT 1 FROM documents WHERE key = ?)
                    """
            ).execute(arguments: [key, body, key])
        }
        guard database.changesCount == 1 else { return nil }
        guard let row = try Row.fetchOne(try database.cachedStatement(sql: "SELECT revision FROM counter")) else {
            throw DocumentError.damaged(reason: "the counter of revisions is gone")
        }
        return try DocumentFormat.revision(row[0], of: "the counter of revisions")
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

    package func list(prefix: String, after: DocumentKey?, limit: Int) async throws(DocumentError) -> [Document] {
        do {
            return try await pool.read { database in
                // Keys are ASCII: everything that begins with the prefix sorts before the prefix and U+007F.
                let rows = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT key, revision, body FROM documents WHERE key >= ? AND key < ? AND key > ?
                        ORDER BY key LIMIT ?
                        """,
                    arguments: [
                        prefix, prefix + "\u{7F}", after?.description ?? "", Int64(clamping: max(0, limit)),
                    ])
                return try rows.map { row in try DocumentFormat.document(row) }
            }
        } catch {
            throw DocumentError(error)
        }
    }

    package func purge() async throws(DocumentError) {
        do {
            // What was overwritten still stands in the write-ahead log, until that is cut off.
            try await pool.writeWithoutTransaction { database in _ = try database.checkpoint(.truncate) }
        } catch {
            throw DocumentError(error)
        }
    }
}
