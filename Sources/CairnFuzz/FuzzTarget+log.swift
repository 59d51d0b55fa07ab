import CairnCatalog
import CairnFormat
import CairnHTTP
import CairnKeys
import CairnLog
import CairnNative
import CairnSystem
import CairnTestKit
import CairnTrails
import CoreMetrics

extension FuzzTarget {
    private static let directory = "/log"

    /// What of a log stands on its disk.
    private static func open(
        _ disk: SimulatedDisk, _ time: ManualTime
    ) async throws(LogError) -> (log: SegmentLog, gaps: [LogGap]) {
        var limits = SegmentLimits()
        limits.segmentByteCount = 2_048
        return try await SegmentLog.open(
            disk: disk, random: SeededRandom(seed: 3), time: time, keys: .fixed, directory: directory,
            quarantine: "/quarantine", limits: limits)
    }

    private static func text(_ sequence: UInt64) -> [UInt8] { Array("entry \(sequence) \(sequence &* 7_919)".utf8) }

    private struct File: Sendable {
        var path: String
        var bytes: [UInt8]
    }

    /// Logs of twelve entries in several segments, as files: one whose process was killed, and one that was closed.
    private static let logs = [write(closes: false), write(closes: true)]

    private static func write(closes: Bool) -> [File] {
        let disk = SimulatedDisk()
        let isWritten = Stepper.complete { time in
            guard let (log, _) = try? await open(disk, time) else { return false }
            for number in 1...12 {
                let sequence = UInt64(number)
                let padding = [UInt8](repeating: 0x78, count: 40 * number)
                let entry = LogEntry(
                    kind: .batch, id: LogID([UInt8](repeating: UInt8(number), count: 16)), at: Int64(number),
                    payload: text(sequence) + padding)
                guard (try? await log.append(entry)) == sequence else { return false }
            }
            if closes { await log.close() }
            return true
        }
        precondition(isWritten == true, "the log of the fuzzer is not written")
        return disk.paths(containing: directory).compactMap { path in
            disk.bytes(path).map { File(path: path, bytes: $0) }
        }
    }

    /// What a log shows after any damage to its files is what was appended, in order, and the same after another start; what is
    /// lost is a gap.
    static let segments = FuzzTarget(name: "segments") { (input) throws(Broken) in
        guard let choice = input.first else { return }
        let disk = SimulatedDisk()
        let edits = Edits(input.dropFirst())
        let files = logs[Int(choice & 1)]
        let victim = Int(choice >> 1) % files.count
        let broken: Result<Void, Broken>? = Stepper.complete { time in
            var edits = edits
            for (index, file) in files.enumerated() {
                var bytes = file.bytes
                if index == victim { edits.apply(to: &bytes) }
                if (try? await disk.put(bytes, at: file.path)) == nil { return .failure(Broken("the disk fails")) }
            }
            do throws(Broken) {
                guard let first = try await shown(disk, time) else { return .success(()) }
                guard let second = try await shown(disk, time), second == first else {
                    throw Broken("a log shows other things after another start")
                }
            } catch { return .failure(error) }
            return .success(())
        }
        guard let broken else { throw Broken("recovery waits for ever") }
        try broken.get()
    }

    /// Opens the log and reads it; nil when it does not open.
    private static func shown(_ disk: SimulatedDisk, _ time: ManualTime) async throws(Broken) -> [String]? {
        guard let (log, _) = try? await open(disk, time) else { return nil }
        let first = await log.bounds().first
        var found: [String] = []
        var next = first
        while true {
            guard let chunk = try? await log.read(from: next, byteCountMax: 1_000) else {
                throw Broken("a log that was recovered cannot be read at \(next)")
            }
            if chunk.frames.isEmpty { break }
            for frame in chunk.frames {
                guard frame.sequence == next else { throw Broken("sequence \(frame.sequence) instead of \(next)") }
                guard frame.kind != .batch || chunk.payload(frame).starts(with: text(frame.sequence)) else {
                    throw Broken("entry \(frame.sequence) has another's content")
                }
                found.append("\(frame.sequence) \(frame.kind) \(frame.span)")
                next += frame.span
            }
        }
        await log.close()
        return found
    }

    // MARK: Requests

    /// What a body holds is written down as it was answered: accepted events, each JSON, and nothing else.
    static let requests = FuzzTarget(name: "requests") { (input) throws(Broken) in
        guard let flags = input.first else { return }
        let body = Array(input.dropFirst())
        let broken: Result<Void, Broken>? = Stepper.complete { time in
            do throws(Broken) { try await take(body, flags: flags, time) } catch { return .failure(error) }
            return .success(())
        }
        guard let broken else { throw Broken("a request waits for ever") }
        try broken.get()
    }

    private static func take(_ body: [UInt8], flags: UInt8, _ time: ManualTime) async throws(Broken) {
        let catalog = Catalog(MemoryDocuments())
        var limits = IntakeLimits()
        limits.diskReserveByteCount = 0
        var segments = SegmentLimits()
        segments.segmentByteCount = 1 << 16
        guard
            (try? await catalog.changeRouting { snapshot in
                snapshot.accounts = [account]
                snapshot.regions = regions
            }) != nil,
            let opened = try? await IntakePartition.open(
                disk: SimulatedDisk(), random: SeededRandom(seed: 1), time: time, keys: .fixed, directory: directory,
                quarantine: "/quarantine", segments: segments, limits: limits, budget: LogBudget(limits: limits),
                known: 1)
        else { throw Broken("the door does not open") }
        let door = Door(
            partitions: [opened.partition], routing: RoutingCache(catalog: catalog, time: time), homeRegion: regions[0],
            time: time, random: SeededRandom(seed: 2), metrics: DoorMetrics(factory: NOOPMetricsHandler.instance),
            onConflict: { _, _ in })
        let sender = Principal(
            id: "AKIAFUZZ", name: "fuzz", accounts: flags & 4 == 0 ? nil : [account], tokenHash: SHA256.hash([]))
        var request = Door.Request(principal: sender, peer: "127.0.0.1")
        (request.isGzip, request.isSingleJSON) = (flags & 1 != 0, flags & 2 != 0)
        if flags & 8 != 0 { request.account = account }
        guard let answer = try? await door.take(body, request) else { return }
        guard (try? JSONReader().check(Array(answer.json.utf8))) != nil else { throw Broken("an answer is no JSON") }
        guard let chunk = try? await opened.log.read(from: 1, byteCountMax: 64 << 20) else {
            throw Broken("the log is not read")
        }
        var count = 0
        for frame in chunk.frames {
            guard let batch = try? Batch(chunk.bytes, frame.payload) else { throw Broken("a batch is not read") }
            var at = batch.body.lowerBound
            for index in 0..<batch.count {
                let end = at + batch.outline(index).byteCount
                guard (try? JSONReader().check(chunk.bytes, at..<end)) != nil else {
                    throw Broken("a record is no JSON")
                }
                at = end + 1
                count += 1
            }
        }
        guard count == answer.accepted - answer.duplicates else {
            throw Broken("accepted \(answer.accepted), of them \(answer.duplicates) known; written down are \(count)")
        }
    }
}
