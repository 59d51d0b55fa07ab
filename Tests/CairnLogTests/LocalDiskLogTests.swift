import CairnFormat
import CairnLog
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("The log on a real disk")
struct LocalDiskLogTests {
    /// A directory that goes away with the object.
    final class Scratch: Sendable {
        let path: String

        init() throws {
            path = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    let scratch: Scratch
    var directory: String { scratch.path + "/log" }

    init() throws { scratch = try Scratch() }

    func open(segment: Int = 4_096) async throws(LogError) -> (log: SegmentLog, gaps: [LogGap]) {
        var limits = SegmentLimits()
        limits.segmentByteCount = segment
        return try await SegmentLog.open(
            disk: LocalDisk(), random: SeededRandom(seed: 1), time: ImpatientTime(), keys: .fixed, directory: directory,
            quarantine: scratch.path + "/quarantine", limits: limits)
    }

    @Test("sequences, ids, reading, trimming and opening again")
    func spec() async throws {
        let (log, _) = try await open()
        for i in 1...100 { #expect(try await log.append(SegmentLogTests.entry(i)) == UInt64(i)) }
        #expect(try await log.append(SegmentLogTests.entry(100)) == 100)
        #expect(try await SegmentLogTests.all(log).map(\.1) == (1...100).map { "entry \($0)" })
        let reader = ReadOnlyLog(disk: LocalDisk(), directory: directory, keys: .fixed)
        #expect(try await SegmentLogTests.all(reader).count == 100)
        try await log.trim(upTo: 50, olderThan: .max)
        let first = await log.bounds().first
        #expect(first > 1 && first <= 50)
        await reader.close()
        await log.close()
        let (again, gaps) = try await open()
        #expect(gaps.isEmpty)
        #expect(try await again.append(SegmentLogTests.entry(101)) == 101)
        #expect(try await SegmentLogTests.all(again, from: first).last?.0 == 101)
        await again.close()
    }

    @Test("cut off at every byte of a last group that nobody was told of, the log keeps all before")
    func tornEverywhere() async throws {
        let (log, _) = try await open(segment: 2_048)
        for i in 1...3 { _ = try await log.append(SegmentLogTests.entry(i)) }
        // The end mark of this moment: what comes later was not acknowledged to anybody.
        let mark = try Data(contentsOf: URL(fileURLWithPath: directory + "/end"))
        let before = 80 + 3 * (72 + 100 + 16)
        _ = try await log.append([SegmentLogTests.entry(4), SegmentLogTests.entry(5)])
        let path = directory + "/00000000000000000001.segment"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for end in stride(from: before, through: before + 2 * (72 + 100 + 16), by: 3) {
            let torn = whole.prefix(end) + Data(repeating: 0, count: whole.count - end)
            try torn.write(to: URL(fileURLWithPath: path))
            try mark.write(to: URL(fileURLWithPath: directory + "/end"))
            let (again, gaps) = try await open(segment: 2_048)
            #expect(gaps.isEmpty, "cut at \(end)")
            let found = try await SegmentLogTests.all(again).map(\.1)
            #expect(found.count >= 3 && found == (1...found.count).map { "entry \($0)" }, "cut at \(end)")
            await again.close()
        }
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/quarantine"))
    }
}
