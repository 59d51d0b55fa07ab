package import CairnLog
import Synchronization

/// A log in memory that several may write at the same time, as a stream of a cluster is: what an append has returned is
/// durable, and an id that came within the window is known.
package final class SharedLog: EventLog {
    private struct State {
        var entries: [LogEntry] = []
        /// The sequence of the first entry.
        var first: UInt64 = 1
        var ids: [LogID: UInt64] = [:]

        var next: UInt64 { first + UInt64(entries.count) }
    }

    private let state = Mutex(State())

    package init() {}

    /// Ids that came before are not known any more.
    package func forgetIDs() { state.withLock { $0.ids = [:] } }

    package func append(_ entries: [LogEntry]) async throws(LogError) -> [UInt64] {
        state.withLock { state in
            entries.map { entry in
                if let known = state.ids[entry.id] { return known }
                let sequence = state.next
                state.entries.append(entry)
                state.ids[entry.id] = sequence
                return sequence
            }
        }
    }

    package func flush() async throws(LogError) {}

    package func read(
        from: UInt64, byteCountMax: Int, wanted: Set<AccountRegion>?
    ) async throws(LogError) -> LogChunk {
        let (entries, first) = state.withLock { state -> ([LogEntry], UInt64) in
            guard from >= state.first, from < state.next else { return ([], state.first) }
            return (Array(state.entries[Int(from - state.first)...]), state.first)
        }
        guard from >= first else { throw .trimmed(asked: from, first: first) }
        var (bytes, frames, sequence) = ([UInt8](), [LogFrame](), from)
        for entry in entries {
            if !frames.isEmpty, bytes.count + entry.payload.count > byteCountMax { break }
            frames.append(
                LogFrame(
                    sequence: sequence, kind: entry.kind, id: entry.id, at: entry.at,
                    payload: bytes.count..<bytes.count + entry.payload.count, span: 1))
            bytes += entry.payload
            sequence += 1
        }
        return LogChunk(bytes: bytes + [UInt8](repeating: 0, count: 64), frames: frames, next: sequence)
    }

    package func bounds() async throws(LogError) -> LogBounds {
        state.withLock { state in
            LogBounds(
                first: state.first, next: state.next, byteCount: state.entries.reduce(0) { $0 + $1.payload.count })
        }
    }

    package func end() async throws(LogError) -> UInt64 { state.withLock { $0.next } }

    package func trim(upTo: UInt64, olderThan: Int64) async throws(LogError) {
        state.withLock { state in
            while let entry = state.entries.first, state.first < upTo, entry.at < olderThan {
                state.entries.removeFirst()
                state.first += 1
            }
        }
    }

    package func close() async {}
}
