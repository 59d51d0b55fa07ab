import CairnKeys
import CairnLog
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("Recovery cuts off what nobody was told of, and nothing else")
struct SegmentRecoveryTests {
    static let first = "\(SegmentLogTests.directory)/00000000000000000001.segment"

    /// A log of `count` entries, one a group, whose writer died, of a loss of power or alone.
    static func written(
        _ count: Int, segment: Int = 1 << 16, losingPower: Bool = true
    ) async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let (log, _) = try await SegmentLogTests.open(disk, segment: segment)
        for i in 1...count { _ = try await log.append(SegmentLogTests.entry(i)) }
        if losingPower { disk.crash() }
        return disk
    }

    /// Where the payload of an entry of the first segment begins in its file: entries have 100 bytes, each with a header
    /// of 72 and a tag of 16 bytes.
    static func place(_ disk: SimulatedDisk, _ path: String, _ text: String) -> Int {
        80 + ((Int(text.dropFirst(6)) ?? 0) - 1) * (72 + 100 + 16) + 72
    }

    @Test(
        "a flipped bit in acknowledged data becomes a gap; all else is salvaged, the file is kept",
        arguments: [1, 5, 9])
    func damage(_ victim: Int) async throws {
        let disk = try await Self.written(10)
        let damaged = disk.bytes(Self.first)
        disk.corrupt(Self.first, at: Self.place(disk, Self.first, "entry \(victim)") + 20)
        let (log, gaps) = try await SegmentLogTests.open(disk)
        #expect(gaps.map(\.from) == [UInt64(victim)] && gaps.map(\.until) == [UInt64(victim + 1)])
        #expect(gaps[0].file == Self.first && gaps[0].offset > 0)
        let expected = (1...10).map { (UInt64($0), $0 == victim ? "gap 1" : "entry \($0)") }
        #expect(try await SegmentLogTests.all(log).elementsEqual(expected, by: ==))
        let kept = disk.paths(containing: "/data/quarantine/")
        #expect(kept.count == 1 && disk.bytes(kept[0])?.count == damaged?.count)
        #expect(try await log.append(SegmentLogTests.entry(11)) == 11)
        await log.close()
        let (_, again) = try await SegmentLogTests.open(disk)
        #expect(again.isEmpty, "the gap is reported once")
    }

    @Test(
        "while the file behind a salvaged segment is away, a reader is told so, and is not shown the old entries again")
    func salvagedAndAway() async throws {
        let disk = try await Self.written(10)
        disk.corrupt(Self.first, at: Self.place(disk, Self.first, "entry 1") + 20)
        let (log, gaps) = try await SegmentLogTests.open(disk)
        #expect(gaps.count == 1)
        _ = try await log.append(SegmentLogTests.entry(11))
        let path = try #require(
            disk.paths(containing: "\(SegmentLogTests.directory)/").filter { $0.hasSuffix(".segment") }.max())
        try await disk.remove(path)
        let reader = ReadOnlyLog(disk: disk, directory: SegmentLogTests.directory, keys: .fixed)
        await #expect(throws: LogError.self) { try await reader.read(from: 11, byteCountMax: 1_000) }
        #expect(try await log.checkFile() == [path])
        #expect(try await SegmentLogTests.all(reader, from: 11).elementsEqual([(11, "entry 11")], by: ==))
        await log.close()
    }

    @Test("damage to the last acknowledged entry is a gap too, because the end mark knows of it")
    func damagedLast() async throws {
        let disk = try await Self.written(10, losingPower: false)
        disk.corrupt(Self.first, at: Self.place(disk, Self.first, "entry 10") + 3)
        let (log, gaps) = try await SegmentLogTests.open(disk)
        #expect(gaps.map(\.from) == [10])
        #expect(try await log.append(SegmentLogTests.entry(11)) == 11)
    }

    @Test("damage in a closed segment, and to a header")
    func closedSegments() async throws {
        let disk = try await Self.written(60, segment: 2_048)
        let paths = disk.paths(containing: ".segment")
        #expect(paths.count > 3)
        disk.corrupt(paths[1], at: 3)
        let inside = disk.bytes(paths[2])!.count / 2
        disk.corrupt(paths[2], at: inside)
        let (log, gaps) = try await SegmentLogTests.open(disk, segment: 2_048)
        #expect(gaps.count == 1 && gaps[0].file == paths[2])
        let found = try await SegmentLogTests.all(log)
        #expect(found.map(\.0) == (1...60).map { UInt64($0) })
        #expect(found.filter { $0.1.hasPrefix("gap") }.count == 1)
        #expect(disk.paths(containing: "/data/quarantine/").count == 2)
    }

    @Test("a missing segment in the middle is a gap")
    func missing() async throws {
        let disk = try await Self.written(60, segment: 2_048)
        let paths = disk.paths(containing: ".segment")
        try await disk.remove(paths[1])
        let (log, gaps) = try await SegmentLogTests.open(disk, segment: 2_048)
        #expect(gaps.count == 1)
        #expect(try await SegmentLogTests.all(log).last?.0 == 60)
    }

    @Test("a torn group that was never acknowledged is cut off without a word, wherever it tears")
    func torn() async throws {
        for seed in 1...60 {
            let disk = SimulatedDisk(seed: UInt64(seed))
            let (log, _) = try await SegmentLogTests.open(disk, segment: 1 << 16)
            _ = try await log.append(SegmentLogTests.entry(1))
            disk.fail("sync", ".segment", .failed(path: "x", operation: "sync", errno: 5))
            disk.fail("cut", ".segment", .failed(path: "x", operation: "cut", errno: 5))
            _ = try? await log.append((2...9).map { SegmentLogTests.entry($0, size: 900) })
            disk.crash()
            let (again, gaps) = try await SegmentLogTests.open(disk)
            #expect(gaps.isEmpty)
            let numbers = try await SegmentLogTests.all(again).map(\.1)
            #expect(numbers.first == "entry 1")
            #expect(numbers == (1...numbers.count).map { "entry \($0)" })
        }
    }

    @Test("a newer format is refused")
    func newer() async throws {
        let disk = try await Self.written(1)
        let file = try await disk.openFile(Self.first, writable: true)
        try await disk.writeDurably([9], to: file, at: 8)
        await #expect(throws: LogError.otherFormat(file: Self.first, version: 9)) {
            _ = try await SegmentLogTests.open(disk)
        }
    }

    @Test("opening shows every entry once, in order")
    func visit() async throws {
        let disk = try await Self.written(60, segment: 2_048)
        var seen: [UInt64] = []
        _ = try await SegmentLogTests.open(disk, segment: 2_048) { frame, _ in seen.append(frame.sequence) }
        #expect(seen == (1...60).map { UInt64($0) })
    }

    @Test("a sector that cannot be read costs what stood in it, and keeps nobody from starting")
    func unreadableBlock() async throws {
        let disk = try await Self.written(200)
        disk.failReads(Self.first, from: 4_096, to: 8_192)
        let (log, gaps) = try await SegmentLogTests.open(disk, segment: 1 << 16)
        #expect(gaps.count == 1 && gaps[0].from > 1 && gaps[0].until < 200)
        let found = try await SegmentLogTests.all(log)
        #expect(found.first?.1 == "entry 1" && found.last?.1 == "entry 200")
        #expect(disk.paths(containing: "/data/quarantine/").count == 1)
    }

    @Test("a disk that fails for a moment costs nothing")
    func passingTrouble() async throws {
        let disk = try await Self.written(200)
        disk.fail("read", Self.first, .failed(path: Self.first, operation: "read", errno: 5), count: 6)
        let (log, gaps) = try await SegmentLogTests.open(disk, segment: 1 << 16)
        #expect(gaps.isEmpty && disk.paths(containing: "/data/quarantine/").isEmpty)
        #expect(try await SegmentLogTests.all(log).count == 200)
    }

    @Test("a header that is damaged takes no acknowledged entry with it, even when the end mark was lost")
    func damagedHeaderOfTheLast() async throws {
        let disk = try await Self.written(10)
        disk.corrupt(Self.first, at: 3)
        try await disk.remove("\(SegmentLogTests.directory)/end")
        let (log, _) = try await SegmentLogTests.open(disk)
        #expect(try await SegmentLogTests.all(log).map(\.0) == (1...10).map { UInt64($0) })
        #expect(disk.paths(containing: "/data/quarantine/").count == 1)
    }

    @Test("the footer of a segment that was closed proves what stood before it")
    func footer() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await SegmentLogTests.open(disk, segment: 1 << 16)
        for i in 1...10 { _ = try await log.append(SegmentLogTests.entry(i)) }
        await log.close()
        try await disk.remove("\(SegmentLogTests.directory)/end")
        disk.corrupt(Self.first, at: Self.place(disk, Self.first, "entry 10") + 3)
        let (again, gaps) = try await SegmentLogTests.open(disk)
        #expect(gaps.map(\.from) == [10] && gaps.map(\.until) == [11])
        #expect(try await again.append(SegmentLogTests.entry(11)) == 11)
    }

    @Test("all segments gone, but the end mark knows better: nothing starts")
    func allGone() async throws {
        let disk = try await Self.written(10, losingPower: false)
        try await disk.remove(Self.first)
        await #expect(throws: LogError.self) { _ = try await SegmentLogTests.open(disk) }
    }

    @Test("a crash at any moment of a salvage loses nothing that was salvageable")
    func crashWhileSalvaging() async throws {
        for count in 0..<60 {
            let disk = try await Self.written(10)
            disk.corrupt(Self.first, at: Self.place(disk, Self.first, "entry 5") + 3)
            disk.crashAfter(operations: count)
            _ = try? await SegmentLogTests.open(disk)
            disk.crash()
            let (log, _) = try await SegmentLogTests.open(disk)
            let found = try await SegmentLogTests.all(log)
            #expect(found.map(\.0) == (1...10).map { UInt64($0) }, "crash at \(count)")
            #expect(found.filter { $0.1.hasPrefix("gap") }.count == 1, "crash at \(count)")
            #expect(!disk.paths(containing: "/data/quarantine/").isEmpty, "crash at \(count)")
        }
    }

    @Test("another keyring's key opens nothing, and nothing is moved away for that")
    func foreign() async throws {
        let disk = try await Self.written(10)
        let before = disk.bytes(Self.first)
        let other = LogKeys([1: KeyMaterial(Secret([UInt8](repeating: 9, count: 32).span))], current: 1)
        func open() async throws(LogError) {
            _ = try await SegmentLog.open(
                disk: disk, random: SeededRandom(seed: 1), time: ImpatientTime(), keys: other,
                directory: SegmentLogTests.directory,
                quarantine: "/data/quarantine")
        }
        await #expect(throws: LogError.foreignSeal(file: Self.first)) { try await open() }
        // Neither when the header is damaged besides.
        disk.corrupt(Self.first, at: 3)
        await #expect(throws: LogError.foreignSeal(file: Self.first)) { try await open() }
        disk.corrupt(Self.first, at: 3)
        #expect(disk.bytes(Self.first) == before && disk.paths(containing: "/data/quarantine/").isEmpty)
        #expect(try await SegmentLogTests.all(SegmentLogTests.open(disk).log).count == 10)
    }

    @Test("a frame in the place of another, or of another log, does not open", arguments: [false, true])
    func swapped(_ fromElsewhere: Bool) async throws {
        let disk = try await Self.written(10)
        let size = 72 + 100 + 16
        var bytes = disk.bytes(Self.first) ?? []
        var other = bytes
        if fromElsewhere {
            let second = SimulatedDisk(seed: 2)
            let log = try await SegmentLog.open(
                disk: second, random: SeededRandom(seed: 9), time: ImpatientTime(), keys: .fixed,
                directory: "/data/log/1",
                quarantine: "/data/quarantine"
            ).log
            for i in 1...10 { _ = try await log.append(SegmentLogTests.entry(i)) }
            other = second.bytes("/data/log/1/00000000000000000001.segment") ?? []
        }
        // The third frame whole, or with the header of the third and the payload of the fifth.
        let third = 80 + 2 * size
        let fifth = 80 + 4 * size
        if fromElsewhere {
            bytes.replaceSubrange(third..<third + size, with: other[third..<third + size])
        } else {
            bytes.replaceSubrange(third + 72..<third + size, with: other[fifth + 72..<fifth + size])
            bytes.set(number: CRC32C.checksum(bytes, third + 12..<third + size), at: third + 8)
        }
        let file = try await disk.openFile(Self.first, writable: true)
        try await disk.writeDurably(bytes, to: file, at: 0)
        let (log, gaps) = try await SegmentLogTests.open(disk)
        #expect(gaps.map(\.from) == [3] && gaps.map(\.until) == [4])
        #expect(try await SegmentLogTests.all(log).map(\.1).filter { $0.hasPrefix("entry") }.count == 9)
    }
}
