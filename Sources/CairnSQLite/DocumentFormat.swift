import CairnDocuments
import FoundationEssentials
import GRDB

/// The tables of the file, format 2: `documents` (key, revision, body) and `counter`, the last revision given out.
///
/// `PRAGMA user_version` is the format's number. Format 1 had no row numbers: SQLite reads all of a row of such a table that it
/// passes on its way to another, and a body may have megabytes. It is made over when it is opened.
enum DocumentFormat {
    static let version = 2

    /// Makes the tables in a file that has none; refuses a file that a newer cairn made, and leaves it as it is.
    static func prepare(_ database: Database, path: String) throws {
        func found() throws -> Int { try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0 }
        if try found() == version { return }
        try database.inTransaction(.immediate) {
            // Asked again: another process may have made the tables, or newer ones, while we waited for our turn.
            let found = try found()
            guard (0...version).contains(found) else {
                throw DocumentError.newerFormat(path: path, found: found, known: version)
            }
            if found == 1 { try database.execute(sql: "ALTER TABLE documents RENAME TO documents1") }
            try database.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS documents (
                        key TEXT NOT NULL PRIMARY KEY COLLATE BINARY, revision INTEGER NOT NULL, body BLOB NOT NULL
                    );
                    CREATE TABLE IF NOT EXISTS counter (revision INTEGER NOT NULL);
                    INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
                    PRAGMA user_version = \(version);
                    """)
            if found == 1 {
                try database.execute(
                    sql: """
                        INSERT INTO documents (key, revision, body) SELECT key, revision, body FROM documents1 ORDER BY key;
                        DROP TABLE documents1;
                        """)
            }
            return .commit
        }
    }

    /// Reads `key, revision, body`; SQLite keeps any type in any column, so each is looked at.
    static func document(_ row: Row) throws(DocumentError) -> Document {
        guard let text = String.fromDatabaseValue(row[0]), let key = try? DocumentKey(text) else {
            throw .damaged(reason: "a document has a key that is none")
        }
        let body: [UInt8]
        switch (row[2] as DatabaseValue).storage {
        case .blob(let data): body = Array(data)
        default: throw .damaged(reason: "the body of document \(key) is no blob")
        }
        return Document(key: key, revision: try revision(row[1], of: "document \(key)"), body: body)
    }

    static func revision(_ value: DatabaseValue, of owner: String) throws(DocumentError) -> UInt64 {
        guard let number = Int64.fromDatabaseValue(value), let revision = UInt64(exactly: number) else {
            throw .damaged(reason: "the revision of \(owner) is no number of ours")
        }
        return revision
    }
}
