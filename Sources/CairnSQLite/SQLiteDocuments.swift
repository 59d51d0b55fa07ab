package import CairnDocuments
import FoundationEssentials
import GRDB

/// Documents in an SQLite file that several processes may share.
///
/// Every change is synced (`synchronous = FULL` in WAL mode) before it is answered. Revisions come from one counter of
/// the file, so they are never used again.
package final class SQLiteDocuments: DocumentStore {
    private static let format = 1
    private let pool: DatabasePool

    /// Opens the file, making it if there is none.
    package init(path: String) throws(DocumentError) {
        do {
            if !FileManager.default.fileExists(atPath: path) {
                // Made by us with a mode that lets nobody else read, which the files beside it inherit.
                guard
                    FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                else {
                    throw DocumentError.unavailable(
                        reason: "\(path) cannot be made: check who owns the directory and its mount")
                }
            }
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(10)
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // GRDB's pool sets NORMAL when it opens a connection; with that a loss of power takes answered changes back.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2 else {
                    throw DocumentError.damaged(reason: "SQLite does not accept synchronous = FULL")
                }
                let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
                guard found <= Self.format else {
                    throw DocumentError.newerFormat(path: path, found: found, known: Self.format)
                }
                try database.inTransaction(.immediate) {
                    try database.execute(
                        sql: """
                            CREATE TABLE IF NOT EXISTS documents (
                                key TEXT PRIMARY KEY COLLATE BINARY, revision INTEGER NOT NULL, body BLOB NOT NULL
                            ) WITHOUT ROWID;
                            CREATE TABLE IF NOT EXISTS counter (revision INTEGER NOT NULL);
                            INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
                            PRAGMA user_version = \(Self.format);
                            """)
                    return .commit
                }
            }
        } catch {
            throw Self.problem(error)
        }
    }

    package func get(_ key: DocumentKey) async throws(DocumentError) -> Document? {
        do {
            return try await pool.read { database in
                let row = try Row.fetchOne(
                    database, sql: "SELECT revision, body FROM documents WHERE key = ?", arguments: [key.description])
                return row.map { row in
                    Document(key: key, revision: UInt64(row[0] as Int64), body: Array(row[1] as Data))
                }
            }
        } catch {
            throw Self.problem(error)
        }
    }

    package func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64 {
        guard body.count <= Self.bodyByteCountMax else {
            throw .tooLarge(key: key.description, byteCount: body.count, limit: Self.bodyByteCountMax)
        }
        do {
            return try await pool.write { database in
                try database.execute(sql: "UPDATE counter SET revision = revision + 1")
                if let ifRevision {
                    try database.execute(
                        sql: """
                            UPDATE documents SET body = ?, revision = (SELECT revision FROM counter)
                            WHERE key = ? AND revision = ?
                            """,
                        arguments: [Data(body), key.description, Int64(ifRevision)])
                } else {
                    try database.execute(
                        sql: """
                            INSERT INTO documents (key, revision, body) SELECT ?, revision, ? FROM counter
                            WHERE NOT EXISTS (SELECT 1 FROM documents WHERE key = ?)
                            """,
                        arguments: [key.description, Data(body), key.description])
                }
                guard database.changesCount == 1 else {
                    throw DocumentError.conflict(key: key.description, expected: ifRevision)
                }
                let revision = try Int64.fetchOne(database, sql: "SELECT revision FROM counter") ?? 0
                return UInt64(revision)
            }
        } catch {
            throw Self.problem(error)
        }
    }

    package func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError) {
        do {
            try await pool.write { database in
                try database.execute(
                    sql: "DELETE FROM documents WHERE key = ? AND revision = ?",
                    arguments: [key.description, Int64(ifRevision)])
                guard database.changesCount == 1 else {
                    throw DocumentError.conflict(key: key.description, expected: ifRevision)
                }
            }
        } catch {
            throw Self.problem(error)
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
                return try rows.map { row in
                    Document(
                        key: try DocumentKey(row[0]), revision: UInt64(row[1] as Int64), body: Array(row[2] as Data))
                }
            }
        } catch {
            throw Self.problem(error)
        }
    }

    private static func problem(_ error: any Error) -> DocumentError {
        if let error = error as? DocumentError { return error }
        if error is CancellationError { return .unavailable(reason: "the work was cancelled") }
        guard let error = error as? DatabaseError else { return .unavailable(reason: "\(error)") }
        return switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(reason: error.description)
        case .SQLITE_FULL: .unavailable(reason: "the disk is full: free some space")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            .unavailable(
                reason: "another process has held the documents for more than 10 seconds: is one of them stopped?")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            .unavailable(reason: "\(error.description): check who owns the data directory and how it is mounted")
        default: .unavailable(reason: error.description)
        }
    }
}
