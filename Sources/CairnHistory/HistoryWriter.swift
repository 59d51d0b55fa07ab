import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSQLite
import CairnSystem

/// Puts runs of events into files of event history.
struct HistoryWriter: Sendable {
    let keys: HistoryKeys
    let time: any TimeSource

    func state(of shelved: HistoryShelf.Shelved) async throws(HistoryError) -> HistoryFile.State {
        do throws(DocumentError) { return try await shelved.file.state() } catch {
            throw .file(path: shelved.name, reason: error.description)
        }
    }

    /// Compresses and seals a run's blocks, and adds it to the file.
    func put(
        _ run: HistoryRun, _ shelved: HistoryShelf.Shelved, _ state: inout HistoryFile.State
    ) async throws(HistoryError) {
        var wraps: [HistoryFile.Wrap] = []
        var blocks: [HistoryFile.Block] = []
        var postings: [HistoryFile.Posting] = []
        if !run.isEmpty {
            state.run += 1
            let compressor = GzipCompressor()
            var ciphers: [AccountID: (cipher: AESGCM, wrap: Int64)] = [:]
            for (number, block) in run.blocks.enumerated() {
                if ciphers[block.account] == nil {
                    do throws(KeyError) {
                        let made = try await keys.dataKey(block.account, file: shelved.name)
                        let id = HistoryBlock.id(run: state.run, number: wraps.count)
                        ciphers[block.account] = (AESGCM(made.key), id)
                        wraps.append(
                            HistoryFile.Wrap(
                                id: id, account: block.account.description, bytes: HistoryBlock.bytes(of: made.wrap)))
                    } catch { throw .keys(error) }
                }
                guard let (cipher, wrap) = ciphers[block.account] else { continue }
                let id = HistoryBlock.id(run: state.run, number: number)
                blocks.append(
                    HistoryFile.Block(
                        id: id, wrap: wrap,
                        body: HistoryBlock.seal(compressor.compress(block.bytes, .fast), id: id, under: cipher)))
            }
            // In the order of their keys: neighbours go to the same pages.
            for (key, entries) in run.entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                let sorted = HistoryRun.sorted(entries)
                guard let newest = sorted.first?.time, let oldest = sorted.last?.time else { continue }
                postings.append(
                    HistoryFile.Posting(
                        key: key, newest: newest, oldest: oldest, run: state.run,
                        entries: HistoryRun.encode(sorted)))
                state.newest = max(state.newest ?? newest, newest)
                state.oldest = min(state.oldest ?? oldest, oldest)
            }
            state.eventCount += run.count
            state.begunAt = state.begunAt ?? time.now.seconds
        }
        do throws(DocumentError) { try await shelved.file.add(wraps, blocks, postings, state) } catch {
            throw .file(path: shelved.name, reason: error.description)
        }
    }
}
