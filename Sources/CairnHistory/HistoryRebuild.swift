import CairnDocuments
package import CairnFormat
import CairnKeys
package import CairnLog
import CairnNative
import CairnSQLite
package import CairnSystem

/// Makes a partition's event history anew from the records of log files, while nobody else is at it. What the log still has comes
/// from there when a node starts.
package struct HistoryRebuild {
    /// An event by its bytes.
    private struct Fingerprint: Hashable {
        let high: UInt64
        let low: UInt64

        init(_ event: ArraySlice<UInt8>) {
            let hash = SHA256.hash(Array(event))
            (high, low) = (hash.word(0), hash.word(1))
        }
    }

    private static let readByteCount = 4 << 20

    private let shelf: HistoryShelf
    private let writer: HistoryWriter
    private let settings: HistoryKeeper.Settings
    private let hashes: ValueHashes
    private let reader = LookupReader()
    private let json = JSONReader()
    /// The first sequence that the log has.
    private let first: UInt64
    /// Nothing older is kept.
    private let oldest: Int64
    /// What the log has, and what was added: several trails have the same events.
    private var seen: Set<Fingerprint> = []
    private var file: (shelved: HistoryShelf.Shelved, state: HistoryFile.State)
    private var run = HistoryRun()
    /// Events that were added.
    package private(set) var count = 0

    /// - Parameters:
    ///   - shelf: has no files yet.
    ///   - log: of the partition.
    package init(
        shelf: HistoryShelf, log: any EventLog, keys: HistoryKeys, settings: HistoryKeeper.Settings,
        time: any TimeSource
    ) async throws(HistoryError) {
        (self.shelf, self.settings) = (shelf, settings)
        writer = HistoryWriter(keys: keys, time: time)
        oldest = time.now.seconds - settings.retention.components.seconds
        do throws(KeyError) { hashes = ValueHashes(try await keys.values()) } catch { throw .keys(error) }
        do throws(LogError) {
            first = try await log.bounds().first
            var next = first
            let end = try await log.end()
            while next < end {
                let chunk: LogChunk
                do throws(LogError) {
                    chunk = try await log.read(from: next, byteCountMax: Self.readByteCount)
                } catch .trimmed(_, let behind) where behind > next {
                    next = behind
                    continue
                }
                guard chunk.next > next else { break }
                for frame in chunk.frames where frame.kind == .batch {
                    guard let batch = try? Batch(chunk.bytes, frame.payload) else { continue }
                    var at = batch.body.lowerBound
                    for i in 0..<batch.count {
                        let length = batch.outline(i).byteCount
                        seen.insert(Fingerprint(chunk.bytes[at..<at + length]))
                        at += length + 1
                    }
                }
                next = chunk.next
            }
        } catch { throw .log(error) }
        // Names below those of files that are made from the log.
        let shelved = try shelf.begin(at: 0)
        file = (shelved, try await writer.state(of: shelved))
    }

    /// Adds a record, unless it is no management event, too old, known already or still in the log.
    ///
    /// - Parameters:
    ///   - buffer: has at least 64 bytes behind the record.
    ///   - account: whose log file it stands in, as is the Region.
    package mutating func add(
        _ buffer: [UInt8], _ record: Range<Int>, _ account: AccountID, _ region: Region
    ) async throws(HistoryError) {
        let time: EventTime? =
            try? json.read(buffer, record) { fields in
                guard fields[.eventCategory].equals("Management") else { return nil }
                return fields[.eventTime].string.flatMap { EventTime(iso8601: Array($0.utf8)) }
            }
        guard let time, time.seconds >= oldest, seen.insert(Fingerprint(buffer[record])).inserted,
            let lookup = reader.read(buffer, record, { EventLookup($0) })
        else { return }
        run.add(buffer[record], of: account, time: time, hashes: hashes.hashes(account, region, lookup))
        count += 1
        if run.count >= settings.runEventCountMax || run.byteCount >= HistoryKeeper.runByteCountMax {
            try await putRun()
        }
    }

    private mutating func putRun() async throws(HistoryError) {
        let done = run
        run = HistoryRun()
        try await writer.put(done, file.shelved, &file.state)
        // The last name below the log's is as full as it gets.
        guard file.state.eventCount >= settings.fileEventCountMax, file.shelved.first + 1 < first else { return }
        let shelved = try shelf.begin(at: file.shelved.first + 1)
        file = (shelved, try await writer.state(of: shelved))
    }

    /// Puts what is left, and begins the file that the log goes on in.
    package mutating func finish() async throws(HistoryError) {
        if !run.isEmpty { try await putRun() }
        _ = try shelf.begin(at: first)
        try await shelf.close()
    }
}
