package import CairnDocuments
import FoundationEssentials
import GRDB

/// A file of event history: sealed blocks of events, and postings, which say by the hash of a value which events have it.
///
/// Format 1: `state` (next: the first sequence of the log that is not in it; events: how many it has), `wraps` (the data keys of
/// blocks, wrapped), `blocks`, `postings`. Nothing in it is readable without keys but times and counts. It knows neither events nor
/// keys. What is added is there whole or not at all.
package struct HistoryFile: Sendable {
    package static let version = 1

    /// A sealed block of events.
    package struct Block: Sendable {
        package let id: Int64
        package let wrap: Int64
        package let body: [UInt8]

        package init(id: Int64, wrap: Int64, body: [UInt8]) { (self.id, self.wrap, self.body) = (id, wrap, body) }
    }

    /// The data key of blocks, wrapped.
    package struct Wrap: Sendable {
        package let id: Int64
        package let account: String
        package let bytes: [UInt8]

        package init(id: Int64, account: String, bytes: [UInt8]) {
            (self.id, self.account, self.bytes) = (id, account, bytes)
        }
    }

    /// Which events of a run have a value.
    package struct Posting: Sendable {
        /// The value's hash.
        package let key: [UInt8]
        /// The newest and the oldest time of its events, in seconds since 1970.
        package let newest: Int64
        package let oldest: Int64
        package let run: Int64
        package let entries: [UInt8]

        package init(key: [UInt8], newest: Int64, oldest: Int64, run: Int64, entries: [UInt8]) {
            (self.key, self.newest, self.oldest, self.run, self.entries) = (key, newest, oldest, run, entries)
        }
    }

    /// What a file has come to.
    package struct State: Sendable, Equatable {
        /// The first sequence of the log that is not in it.
        package var next: UInt64
        package var run: Int64
        package var eventCount: Int
        /// When its first run was added, in seconds since 1970; nil while there is none.
        package var begunAt: Int64?
        /// Of its events, in seconds since 1970; nil while there are none.
        package var oldest: Int64?
        package var newest: Int64?

        package init(next: UInt64) { (self.next, run, eventCount) = (next, 0, 0) }
    }

    private let pool: DatabasePool

    /// Opens a file, making it if there is none.
    ///
    /// - Parameter next: where a new one begins.
    package init(path: String, next: UInt64) throws(DocumentError) {
        try PrivateFile.make(path)
        do {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(10)
            configuration.maximumReaderCount = 4
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // What power takes away is read from the log again, as long as the log still has it.
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
                try Self.prepare(database, path: path, next: next)
            }
        } catch { throw DocumentError(error) }
    }

    private static func prepare(_ database: Database, path: String, next: UInt64) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if found == version { return }
        guard found == 0 else { throw DocumentError.newerFormat(path: path, found: found, known: version) }
        try database.inTransaction(.immediate) {
            guard try Int.fetchOne(database, sql: "PRAGMA user_version") == 0 else { return .rollback }
            try database.execute(
                sql: """
                    CREATE TABLE state (next INTEGER NOT NULL, run INTEGER NOT NULL, events INTEGER NOT NULL,
                        begun INTEGER, oldest INTEGER, newest INTEGER);
                    CREATE TABLE wraps (id INTEGER PRIMARY KEY, account TEXT NOT NULL, bytes BLOB NOT NULL);
                    CREATE TABLE blocks (id INTEGER PRIMARY KEY, wrap INTEGER NOT NULL, body BLOB NOT NULL);
                    CREATE TABLE postings (key BLOB NOT NULL, newest INTEGER NOT NULL, run INTEGER NOT NULL,
                        oldest INTEGER NOT NULL, entries BLOB NOT NULL, PRIMARY KEY (key, newest, run)) WITHOUT ROWID;
                    PRAGMA user_version = \(version);
                    """)
            try database.execute(
                sql: "INSERT INTO state VALUES (?, 0, 0, NULL, NULL, NULL)", arguments: [Int64(bitPattern: next)])
            return .commit
        }
    }

    package func state() async throws(DocumentError) -> State {
        do {
            return try await pool.read { database in
                guard
                    let row = try Row.fetchOne(
                        database, sql: "SELECT next, run, events, oldest, newest, begun FROM state")
                else { throw DocumentError.damaged(reason: "a file of event history says nothing of itself") }
                var state = State(next: UInt64(bitPattern: row[0]))
                (state.run, state.eventCount, state.begunAt) = (row[1], row[2], row[5])
                (state.oldest, state.newest) = (row[3], row[4])
                return state
            }
        } catch { throw DocumentError(error) }
    }

    /// Adds a run, and moves on: all of it or nothing.
    package func add(
        _ wraps: [Wrap], _ blocks: [Block], _ postings: [Posting], _ state: State
    ) async throws(DocumentError) {
        do {
            try await pool.write { database in
                let addWrap = try database.cachedStatement(sql: "INSERT INTO wraps VALUES (?, ?, ?)")
                for wrap in wraps { try addWrap.execute(arguments: [wrap.id, wrap.account, Data(wrap.bytes)]) }
                let addBlock = try database.cachedStatement(sql: "INSERT INTO blocks VALUES (?, ?, ?)")
                for block in blocks { try addBlock.execute(arguments: [block.id, block.wrap, Data(block.body)]) }
                let addPosting = try database.cachedStatement(sql: "INSERT INTO postings VALUES (?, ?, ?, ?, ?)")
                for posting in postings {
                    try addPosting.execute(arguments: [
                        Data(posting.key), posting.newest, posting.run, posting.oldest, Data(posting.entries),
                    ])
                }
                try database.cachedStatement(
                    sql: "UPDATE state SET next = ?, run = ?, events = ?, oldest = ?, newest = ?, begun = ?"
                ).execute(arguments: [
                    Int64(bitPattern: state.next), state.run, state.eventCount, state.oldest, state.newest,
                    state.begunAt,
                ])
            }
        } catch { throw DocumentError(error) }
    }

    /// The postings of a value that have events of a time, newest first.
    ///
    /// - Parameters:
    ///   - before: those that come behind this one, by newest time and run; nil: from the newest on.
    ///   - limit: the most of them.
    package func postings(
        _ key: [UInt8], from start: Int64, to end: Int64, before: (newest: Int64, run: Int64)?, limit: Int
    ) async throws(DocumentError) -> [Posting] {
        do {
            return try await pool.read { database in
                let rows = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT newest, run, oldest, entries FROM postings
                        WHERE key = ? AND newest >= ? AND oldest <= ? AND (newest, run) < (?, ?)
                        ORDER BY newest DESC, run DESC LIMIT ?
                        """,
                    arguments: [
                        Data(key), start, end, before?.newest ?? .max, before?.run ?? .max, limit,
                    ])
                return rows.map { row in
                    Posting(
                        key: key, newest: row[0], oldest: row[2], run: row[1], entries: Array(row[3] as Data))
                }
            }
        } catch { throw DocumentError(error) }
    }

    /// Blocks and the wraps of their keys, by the blocks' ids; those that are not there are left out.
    ///
    /// - Parameter ids: a page's, a few hundred at most.
    package func blocks(_ ids: [Int64]) async throws(DocumentError) -> [Int64: (block: Block, wrap: Wrap)] {
        let marks = Array(repeating: "?", count: ids.count).joined(separator: ",")
        do {
            return try await pool.read { database in
                let rows = try Row.fetchAll(
                    database,
                    sql: """
                        SELECT blocks.id, blocks.wrap, blocks.body, wraps.account, wraps.bytes
                        FROM blocks JOIN wraps ON wraps.id = blocks.wrap WHERE blocks.id IN (\(marks))
                        """, arguments: StatementArguments(ids))
                var found: [Int64: (block: Block, wrap: Wrap)] = [:]
                for row in rows {
                    found[row[0]] = (
                        Block(id: row[0], wrap: row[1], body: Array(row[2] as Data)),
                        Wrap(id: row[1], account: row[3], bytes: Array(row[4] as Data))
                    )
                }
                return found
            }
        } catch { throw DocumentError(error) }
    }

    /// Puts everything into the file itself: nothing is added any more.
    package func close() async throws(DocumentError) {
        do {
            try await pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try pool.close()
        } catch { throw DocumentError(error) }
    }
}
