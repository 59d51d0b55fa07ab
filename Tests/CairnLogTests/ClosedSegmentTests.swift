import CairnFormat
import CairnLog
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("A start reads what it must know, not what has long been closed")
struct ClosedSegmentTests {
    private struct Start {
        var log: SegmentLog
        var gaps: [LogGap]
        var passed: [Range<UInt64>]
        var accounts: [AccountID: Int]
        var visited: [UInt64]
    }

    static let accounts = ["111122223333", "444455556666"].map { try! AccountID($0) }

    static func entry(_ number: Int) -> LogEntry {
        var entry = SegmentLogTests.entry(number)
        entry.account = accounts[number % 2]
        return entry
    }

    private func start(_ disk: SimulatedDisk, window: Int64?, gap: Int64 = 10_000) async throws -> Start {
        var limits = SegmentLimits()
        limits.segmentByteCount = 2_048
        limits.gapMilliseconds = gap
        var (passed, accounts, visited): ([Range<UInt64>], [AccountID: Int], [UInt64]) = ([], [:], [])
        let (log, gaps) = try await SegmentLog.open(
            disk: disk, random: SeededRandom(seed: 9), time: ImpatientTime(), keys: .fixed,
            directory: SegmentLogTests.directory, quarantine: "/data/quarantine", limits: limits, window: window,
            pass: { range, summary in
                passed.append(range)
                accounts.merge(summary.accounts, uniquingKeysWith: +)
            }
        ) { frame, _ in visited.append(frame.sequence) }
        return Start(log: log, gaps: gaps, passed: passed, accounts: accounts, visited: visited)
    }

    /// Sixty entries whose times are their numbers, in several segments; nobody closed the last one.
    private func written() async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let log = try await start(disk, window: nil).log
        for number in 1...60 { _ = try await log.append(Self.entry(number)) }
        disk.crash()
        return disk
    }

    @Test("what was closed and is old is counted by its footer, the rest is read, and all of it can be")
    func passes() async throws {
        let disk = try await written()
        let all = try await start(disk, window: nil)
        #expect(all.passed.isEmpty && all.visited == (1...60).map { UInt64($0) })
        disk.crash()
        let some = try await start(disk, window: 30)
        let behind = try #require(some.passed.last?.upperBound)
        #expect(some.passed.first?.lowerBound == 1 && behind <= 30 && behind > 10)
        #expect(zip(some.passed, some.passed.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(some.visited == (behind...60).map { $0 })
        let counted = (1..<Int(behind)).reduce(into: [AccountID: Int]()) { counts, number in
            counts[Self.accounts[number % 2], default: 0] += Self.entry(number).payload.count
        }
        #expect(some.accounts == counted)
        #expect(try await SegmentLogTests.all(some.log).count == 60)
        #expect(try await some.log.append(Self.entry(61)) == 61)
    }

    @Test("time in which nobody wrote is no age, nor is a clock that was wrong for a while")
    func pauses() async throws {
        let disk = SimulatedDisk()
        let log = try await start(disk, window: nil, gap: 1).log
        // Sixty entries, an hour, a day ahead for ten of them, and back.
        for number in 1...60 {
            var entry = Self.entry(number)
            entry.at = Int64(number) + (number > 30 ? 3_600_000 : 0) + ((40..<50).contains(number) ? 86_400_000 : 0)
            _ = try await log.append(entry)
        }
        disk.crash()
        let found = try await start(disk, window: 30, gap: 1)
        let behind = try #require(found.passed.last?.upperBound)
        #expect(behind <= 30 && behind > 10)
        #expect(found.visited == (behind...60).map { $0 })
    }

    @Test("what a reader finds damaged in one is put right by the next start")
    func suspect() async throws {
        let disk = try await written()
        let path = try #require(disk.paths(containing: ".segment").first)
        disk.corrupt(path, at: 300)
        let blind = try await start(disk, window: 10)
        #expect(blind.gaps.isEmpty && !blind.passed.isEmpty)
        await #expect(throws: LogError.self) { _ = try await SegmentLogTests.all(blind.log) }
        disk.crash()
        let seeing = try await start(disk, window: 10)
        #expect(seeing.gaps.count == 1 && seeing.visited.contains(1))
        #expect(
            try await SegmentLogTests.all(seeing.log).count == 60 - Int(seeing.gaps[0].until - seeing.gaps[0].from) + 1)
        disk.crash()
        #expect(try await start(disk, window: 10).gaps.isEmpty)
        #expect(disk.paths(containing: ".suspect").isEmpty)
    }

    @Test("one whose ends are damaged is read whole", arguments: [3, -20])
    func ends(at place: Int) async throws {
        let disk = try await written()
        let path = try #require(disk.paths(containing: ".segment").first)
        let count = try #require(disk.bytes(path)?.count)
        disk.corrupt(path, at: place < 0 ? count + place : place)
        let found = try await start(disk, window: 10)
        #expect(found.visited.first == 1 && found.passed.first?.lowerBound != 1)
        #expect(try await SegmentLogTests.all(found.log).count == 60)
    }
}
