import CairnLog
import CairnSystem
import CairnTestKit

/// A log that several processes write, as one process has it.
struct GatedLog: EventLog {
    let process: SimulatedProcess
    let log: SharedLog
    let name: String
    private var world: World { process.world }

    private func call<Result: Sendable>(
        _ operation: String, isChange: Bool = false, _ body: () async throws(LogError) -> Result
    ) async throws(LogError) -> Result {
        let failure = LogError.disk(.failed(path: name, operation: operation, errno: 5))
        return try await process.pass(operation, name, dead: { failure }) { () async throws(LogError) in
            if world.strikes(.streamFails) { throw failure }
            let result = try await body()
            if isChange, world.strikes(.streamAnswerLost) { throw failure }
            return result
        }
    }

    func append(_ entries: [LogEntry]) async throws(LogError) -> [UInt64] {
        if world.strikes(.streamForgetsIDs) { log.forgetIDs() }
        for entry in entries where entry.kind == .delivered { world.records.watch(entry.payload, in: world) }
        return try await call("append to stream", isChange: true) { () async throws(LogError) in
            try await log.append(entries)
        }
    }

    func flush() async throws(LogError) {}

    func read(from: UInt64, byteCountMax: Int, wanted: Set<AccountRegion>?) async throws(LogError) -> LogChunk {
        try await call("read stream") { () async throws(LogError) in
            try await log.read(from: from, byteCountMax: byteCountMax, wanted: wanted)
        }
    }

    func bounds() async throws(LogError) -> LogBounds {
        try await call("bounds of stream") { () async throws(LogError) in try await log.bounds() }
    }

    func end() async throws(LogError) -> UInt64 {
        try await call("end of stream") { () async throws(LogError) in try await log.end() }
    }

    func trim(upTo: UInt64, olderThan: Int64) async throws(LogError) {
        try await call("trim stream") { () async throws(LogError) in
            try await log.trim(upTo: upTo, olderThan: olderThan)
        }
    }

    func close() async {}
}
