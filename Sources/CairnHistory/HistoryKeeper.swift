import CairnDocuments
import CairnFormat
import CairnKeys
package import CairnLog
import CairnNative
import CairnSQLite
package import CairnSystem
package import Logging

/// Puts a partition's management events into event history as they come in (reference 9.1), and lets go of those that are too old.
///
/// It reads the log beside delivery, which it never holds up. How far it is stands in the files themselves: a run and its place are
/// one change, so each event is in history once. What the log has no more when it comes is not in it.
package struct HistoryKeeper: Sendable {
    /// How history is kept.
    package struct Settings: Sendable {
        /// How long.
        package var retention: Duration
        /// The most events of a file, and of a run.
        package var fileEventCountMax = 400_000
        package var runEventCountMax = 4_096
        /// How long an event waits for others at most.
        package var pause = Duration.seconds(2)

        package init(retention: Duration) { self.retention = retention }
    }

    private static let readByteCount = 1 << 20
    static let runByteCountMax = 16 << 20

    private let partition: Int
    private let log: any EventLog
    private let shelf: HistoryShelf
    private let keys: HistoryKeys
    private let writer: HistoryWriter
    private let settings: Settings
    private let time: any TimeSource
    private let logger: Logger

    package init(
        partition: Int, log: any EventLog, shelf: HistoryShelf, keys: HistoryKeys, settings: Settings,
        time: any TimeSource, logger: Logger
    ) {
        (self.partition, self.log, self.shelf, self.keys) = (partition, log, shelf, keys)
        (self.settings, self.time, self.logger) = (settings, time, logger)
        writer = HistoryWriter(keys: keys, time: time)
    }

    /// Works until the task is cancelled.
    package func run() async {
        var failures = 0
        while !Task.isCancelled {
            do throws(HistoryError) {
                try await follow()
                failures = 0
            } catch {
                failures += 1
                logger.error(
                    "event history waits; it is tried again",
                    metadata: ["partition": "\(partition)", "error": "\(error)"])
            }
            do { try await time.sleep(for: min(.seconds(60), settings.pause * (1 << min(failures, 5)))) } catch {
                return
            }
        }
    }

    /// Takes in all that the log has.
    package func follow() async throws(HistoryError) {
        let hashes: ValueHashes
        do throws(KeyError) { hashes = ValueHashes(try await keys.values()) } catch { throw .keys(error) }
        let reader = LookupReader()
        while !Task.isCancelled {
            var (shelved, state) = try await current()
            var run = HistoryRun()
            var next = state.next
            do throws(LogError) {
                let end = try await log.end()
                let oldest = time.now.seconds - settings.retention.components.seconds
                while next < end, run.count < settings.runEventCountMax, run.byteCount < Self.runByteCountMax {
                    let chunk = try await log.read(from: next, byteCountMax: Self.readByteCount)
                    guard chunk.next > next else { break }
                    for frame in chunk.frames where frame.kind == .batch {
                        guard let batch = try? Batch(chunk.bytes, frame.payload) else { continue }
                        Self.take(batch, of: chunk, since: oldest, into: &run, hashes, reader)
                    }
                    next = chunk.next
                }
            } catch {
                guard case .trimmed(_, let first) = error else { throw .log(error) }
                next = skip(from: next, to: first)
            }
            guard next > state.next else { return await forget() }
            state.next = next
            try await writer.put(run, shelved, &state)
        }
    }

    /// The file that is being filled, and where it is.
    private func current() async throws(HistoryError) -> (HistoryShelf.Shelved, HistoryFile.State) {
        guard let newest = try shelf.files().first else {
            let first = try await start()
            let shelved = try shelf.begin(at: first)
            return (shelved, try await writer.state(of: shelved))
        }
        let state = try await writer.state(of: newest)
        let isOld = state.begunAt.map { time.now.seconds - $0 > settings.retention.components.seconds / 10 } ?? false
        guard state.eventCount >= settings.fileEventCountMax || isOld else { return (newest, state) }
        let shelved = try shelf.begin(at: state.next)
        return (shelved, try await writer.state(of: shelved))
    }

    /// The oldest that the log has.
    private func start() async throws(HistoryError) -> UInt64 {
        do throws(LogError) { return try await log.bounds().first } catch { throw .log(error) }
    }

    /// What the log has no more is passed over, and said.
    private func skip(from next: UInt64, to first: UInt64) -> UInt64 {
        guard first > next else { return next }
        logger.warning(
            "event history lacks what the log let go of before it came",
            metadata: ["partition": "\(partition)", "from": "\(next)", "until": "\(first)"])
        return first
    }

    private static func take(
        _ batch: Batch, of chunk: LogChunk, since oldest: Int64, into run: inout HistoryRun, _ hashes: ValueHashes,
        _ reader: LookupReader
    ) {
        var at = batch.body.lowerBound
        for i in 0..<batch.count {
            let (outline, length) = batch.outline(i)
            let range = at..<at + length
            at += length + 1
            guard outline.category == .management, outline.time.seconds >= oldest,
                let lookup = reader.read(chunk.bytes, range, { EventLookup($0) })
            else { continue }
            run.add(
                chunk.bytes[range], of: batch.account, time: outline.time,
                hashes: hashes.hashes(batch.account, batch.region, lookup))
        }
    }

    /// Removes files that came in before all that is kept.
    private func forget() async {
        guard let files = try? shelf.files() else { return }
        let limit = time.now.seconds - settings.retention.components.seconds
        // A file ends where the one behind it begins.
        for (newer, older) in zip(files, files.dropFirst()) {
            guard let begun = try? await newer.file.state().begunAt, begun < limit else { continue }
            await shelf.remove(older)
        }
    }
}
