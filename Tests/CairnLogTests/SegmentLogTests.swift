import CairnLog
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("The log keeps what it acknowledged, in order, once")
struct SegmentLogTests {
    static let directory = "/data/log/0"

    static func entry(_ number: Int, size: Int = 100, kind: LogEntry.Kind = .batch) -> LogEntry {
        var id = [UInt8](repeating: 0, count: 8)
        id.append(number: UInt64(number))
        let text = Array("entry \(number) ".utf8)
        return LogEntry(
            kind: kind, id: LogID(id), at: Int64(number),
            payload: text + [UInt8](repeating: UInt8(ascii: "x"), count: max(0, size - text.count)))
    }

    static func open(
        _ disk: any Disk, segment: Int = 4_096, known: UInt64 = 1, visit: (LogFrame, LogChunk) -> Void = { _, _ in }
    ) async throws(LogError) -> (log: SegmentLog, gaps: [LogGap]) {
        var limits = SegmentLimits()
        limits.segmentByteCount = segment
        return try await SegmentLog.open(
            disk: disk, random: SeededRandom(seed: 9), time: ImpatientTime(), keys: .fixed, directory: directory,
            quarantine: "/data/quarantine",
            limits: limits,
            known: known, visit: visit)
    }

    /// Everything a log holds: sequence and text of each entry.
    static func all(_ log: any EventLog, from: UInt64 = 1) async throws(LogError) -> [(UInt64, String)] {
        var found: [(UInt64, String)] = []
        var next = from
        while true {
            let chunk = try await log.read(from: next, byteCountMax: 300)
            if chunk.frames.isEmpty { return found }
            for frame in chunk.frames {
                let text =
                    frame.kind == .gap ? "gap \(frame.span)" : String(decoding: chunk.payload(frame), as: UTF8.self)
                found.append((frame.sequence, text.split(separator: " ").prefix(2).joined(separator: " ")))
            }
            next = chunk.next
        }
    }

    @Test("entries are read here and there, in segments of many landmarks")
    func hereAndThere() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk, segment: 1 << 20)
        for i in 1...800 { _ = try await log.append(Self.entry(i, size: 100 + i * 37 % 9_000)) }
        let chance = SeededRandom(seed: 4)
        for _ in 0..<400 {
            let wanted = UInt64(chance.bytes(2)[0]) * 3 + 1
            let chunk = try await log.read(from: wanted, byteCountMax: 1)
            let first = try #require(chunk.frames.first)
            #expect(first.sequence == wanted)
            #expect(String(decoding: chunk.payload(first), as: UTF8.self).hasPrefix("entry \(wanted) "))
        }
        await log.close()
    }

    @Test("sequences begin at 1 and grow by 1, over segments, closing and opening")
    func sequences() async throws {
        let disk = SimulatedDisk()
        var expected: [(UInt64, String)] = []
        for round in 0..<3 {
            let (log, gaps) = try await Self.open(disk)
            #expect(gaps.isEmpty)
            for i in 1...40 {
                let number = round * 40 + i
                #expect(try await log.append(Self.entry(number)) == UInt64(number))
                expected.append((UInt64(number), "entry \(number)"))
            }
            #expect(try await Self.all(log).elementsEqual(expected, by: ==))
            await log.close()
        }
        #expect(disk.paths(containing: ".segment").count > 3)
    }

    @Test("a log that was closed takes and removes nothing, whoever writes there by now")
    func closed() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        for i in 1...40 { _ = try await log.append(Self.entry(i)) }
        await log.close()
        let (next, _) = try await Self.open(disk)
        #expect(try await next.append(Self.entry(41)) == 41)
        let before = disk.paths(containing: ".segment").map { disk.bytes($0) }
        let closed = LogError.closed(directory: Self.directory)
        await #expect(throws: closed) { _ = try await log.append(Self.entry(42)) }
        await #expect(throws: closed) { try await log.trim(upTo: 40, olderThan: .max) }
        try await log.roll()
        #expect(try await log.checkFile() == [])
        #expect(disk.paths(containing: ".segment").map { disk.bytes($0) } == before)
    }

    @Test("the same id gives the same sequence and adds nothing, also in one group and after opening again")
    func ids() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        #expect(try await log.append([Self.entry(1), Self.entry(2), Self.entry(1)]) == [1, 2, 1])
        #expect(try await log.append(Self.entry(2)) == 2)
        await log.close()
        let (again, _) = try await Self.open(disk)
        #expect(try await again.append(Self.entry(1)) == 1)
        #expect(try await again.append(Self.entry(3)) == 3)
    }

    @Test("concurrent appends share a sync, and each is durable when it returns")
    func groups() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk, segment: 1 << 20)
        let before = disk.syncCount
        await withTaskGroup(of: Void.self) { group in
            for i in 1...200 { group.addTask { _ = try? await log.append(Self.entry(i)) } }
        }
        #expect(disk.syncCount - before < 150)
        disk.crash()
        let (again, _) = try await Self.open(disk, segment: 1 << 20)
        #expect(Set(try await Self.all(again).map(\.1)).count == 200)
    }

    @Test("an entry larger than a segment or a read is kept whole")
    func large() async throws {
        let (log, _) = try await Self.open(SimulatedDisk())
        for (i, size) in [10, 50_000, 10, 200_000].enumerated() {
            _ = try await log.append(Self.entry(i + 1, size: size))
        }
        let chunk = try await log.read(from: 4, byteCountMax: 100)
        #expect(chunk.payload(chunk.frames[0]).count == 200_000)
        #expect(chunk.bytes.count >= chunk.frames[0].payload.upperBound + JSONReader.padding)
        #expect(try await Self.all(log).count == 4)
    }

    @Test("another process reads up to the durable end, and not beyond")
    func readOnly() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        let reader = ReadOnlyLog(disk: disk, directory: Self.directory, keys: .fixed)
        #expect(try await Self.all(reader).isEmpty)
        for i in 1...90 {
            _ = try await log.append(Self.entry(i))
            if i % 30 == 0 { #expect(try await Self.all(reader).count == i) }
        }
        disk.fail("sync", ".segment", .failed(path: "x", operation: "sync", errno: 5))
        await #expect(throws: LogError.self) { try await log.append(Self.entry(91)) }
        #expect(try await Self.all(reader).count == 90)
        await #expect(throws: LogError.readOnly(directory: Self.directory)) { try await reader.append(Self.entry(1)) }
    }

    @Test("trimming removes whole segments that nobody needs, never the last, never what is young")
    func trim() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        for i in 1...100 { _ = try await log.append(Self.entry(i)) }
        try await log.trim(upTo: 50, olderThan: 30)
        let first = await log.bounds().first
        #expect(first > 1 && first <= 30)
        await #expect(throws: LogError.trimmed(asked: 1, first: first)) {
            try await log.read(from: 1, byteCountMax: 10)
        }
        try await log.trim(upTo: 1_000, olderThan: .max)
        #expect(disk.paths(containing: ".segment").count == 1)
        await log.close()
        let (again, _) = try await Self.open(disk)
        #expect(try await again.append(Self.entry(101)) == 101)
    }

    @Test("a segment that got nothing durable gives way to another at one stroke: no crash finds a log without a file")
    func onlyFile() async throws {
        for crashes in 0..<6 {
            let disk = SimulatedDisk(seed: UInt64(crashes))
            let (log, _) = try await Self.open(disk)
            for i in 1...3 { _ = try await log.append(Self.entry(i)) }
            // A new segment, which is the log's only one, and is given up before it holds anything.
            try await log.roll()
            try await log.trim(upTo: 4, olderThan: .max)
            disk.fail("sync", ".segment", .failed(path: "x", operation: "sync", errno: 5))
            await #expect(throws: LogError.self) { try await log.append(Self.entry(4)) }
            #expect(disk.paths(containing: ".segment").count == 1)
            let failing = ["create", "sync", "rename", "open", "write", "close"][crashes]
            disk.fail(failing, ".segment", .failed(path: "x", operation: failing, errno: 5))
            let sequence = try? await log.append(Self.entry(4))
            disk.crash()
            let (again, _) = try await Self.open(disk, known: sequence == nil ? 4 : 5)
            #expect(try await again.append(Self.entry(5)) == (sequence == nil ? 4 : 5), "\(failing)")
            await again.close()
        }
    }

    @Test("where a reader stood at the end of a segment that is gone, the next one goes on")
    func trimmedUnderReader() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        for i in 1...100 { _ = try await log.append(Self.entry(i)) }
        let firsts = disk.paths(containing: ".segment").compactMap {
            UInt64($0.split(separator: "/").last!.prefix { $0 != "." })
        }
        let reader = ReadOnlyLog(disk: disk, directory: Self.directory, keys: .fixed)
        // To the end of the first segment, then elsewhere: the file at hand is another one.
        let chunk = try await reader.read(from: 1, byteCountMax: 1 << 20)
        #expect(chunk.next == firsts[1])
        _ = try await reader.read(from: firsts[2], byteCountMax: 10)
        try await log.trim(upTo: firsts[1], olderThan: .max)
        #expect(try await reader.read(from: firsts[1], byteCountMax: 10).frames.first?.sequence == firsts[1])
        await #expect(throws: LogError.trimmed(asked: 1, first: firsts[1])) {
            try await reader.read(from: 1, byteCountMax: 10)
        }
    }

    @Test("after a failed sync the segment is given up, and no sequence has two entries")
    func failedSync() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        _ = try await log.append(Self.entry(1))
        disk.fail("sync", ".segment", .failed(path: "x", operation: "sync", errno: 5))
        disk.fail("cut", ".segment", .failed(path: "x", operation: "cut", errno: 5))
        await #expect(throws: LogError.self) { try await log.append(Self.entry(2)) }
        #expect(try await log.append(Self.entry(3)) == 2)
        #expect(try await Self.all(log).elementsEqual([(1, "entry 1"), (2, "entry 3")], by: ==))
        await log.close()
        let (again, gaps) = try await Self.open(disk)
        #expect(gaps.isEmpty)
        #expect(try await Self.all(again).elementsEqual([(1, "entry 1"), (2, "entry 3")], by: ==))
    }

    @Test("no space is an error of its own, and writing goes on when there is some")
    func noSpace() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        disk.setFree(0)
        await #expect { try await log.append(Self.entry(1)) } throws: {
            if case .full = $0 as? LogError { true } else { false }
        }
        disk.setFree(.max)
        #expect(try await log.append(Self.entry(1)) == 1)
    }

    @Test("a log that ends before a sequence that is known is not written to")
    func lostTail() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        _ = try await log.append(Self.entry(1))
        await log.close()
        await #expect(throws: LogError.lostTail(directory: Self.directory, next: 2, known: 7)) {
            _ = try await Self.open(disk, known: 7)
        }
    }

    @Test("crash after every single operation: what was acknowledged is there once, in order")
    func everyCrash() async throws {
        var operations = 1
        while true {
            let disk = SimulatedDisk(seed: UInt64(operations))
            var acknowledged: [Int] = []
            disk.crashAfter(operations: operations)
            if let (log, _) = try? await Self.open(disk, segment: 1_024) {
                for i in 1...14 {
                    if (try? await log.append([Self.entry(2 * i), Self.entry(2 * i + 1, size: 700)])) != nil {
                        acknowledged += [2 * i, 2 * i + 1]
                    }
                    if i == 9 { try? await log.trim(upTo: 5, olderThan: .max) }
                }
            }
            let wasReached = disk.isDown
            disk.crash()
            let (log, gaps) = try await Self.open(disk, segment: 1_024)
            #expect(gaps.isEmpty, "after \(operations) operations")
            let found = try await Self.all(log, from: await log.bounds().first)
            let numbers = found.compactMap { Int($0.1.dropFirst(6)) }
            #expect(Set(numbers).count == numbers.count && numbers == numbers.sorted())
            let first = numbers.first ?? .max
            for number in acknowledged where number >= min(first, 6) {
                #expect(numbers.contains(number), "entry \(number) is lost after \(operations) operations")
            }
            #expect(try await log.append(Self.entry(99)) == (found.last?.0 ?? 0) + 1)
            if !wasReached { break }
            operations += 1
        }
        #expect(operations > 60)
    }

    @Test(
        "a segment that could not be made is no obstacle to the next attempt", arguments: ["sync", "create", "remove"])
    func failedBeginning(_ operation: String) async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        disk.fail(
            operation, ".segment", .failed(path: "x", operation: operation, errno: 5),
            takesEffect: operation == "create")
        _ = try? await log.append(Self.entry(1))
        for i in 2...5 { _ = try await log.append(Self.entry(i)) }
        #expect(try await Self.all(log).last?.1 == "entry 5")
    }

    @Test("a roll begins a new segment, so that all before it can go; sequences go on")
    func roll() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk, segment: 1 << 16)
        for i in 1...5 { _ = try await log.append(Self.entry(i)) }
        try await log.roll()
        try await log.trim(upTo: 6, olderThan: .max)
        #expect(await log.bounds().first == 6)
        #expect(try await log.append(Self.entry(6)) == 6)
        try await log.roll()
        disk.crash()
        let (again, gaps) = try await Self.open(disk)
        #expect(gaps.isEmpty)
        #expect(try await again.append(Self.entry(7)) == 7)
        #expect(try await Self.all(again, from: 6).map(\.0) == [6, 7])
    }

    @Test("nothing of a payload can be read on the disk")
    func sealed() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        for i in 1...30 { _ = try await log.append(Self.entry(i)) }
        await log.close()
        for path in disk.paths(containing: "/data/") {
            let text = String(decoding: disk.bytes(path) ?? [], as: UTF8.self)
            #expect(!text.contains("entry") && !text.contains("xxxx"), "\(path)")
        }
    }

    @Test(
        "a segment that somebody removes or replaces while it is written is made again before anything is acknowledged",
        arguments: [false, true])
    func takenAway(isReplaced: Bool) async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        for i in 1...5 { _ = try await log.append(Self.entry(i)) }
        let path = try #require(disk.paths(containing: ".segment").first)
        try await disk.remove(path)
        if isReplaced { try await disk.put([1, 2, 3], at: path) }
        #expect(try await log.append(Self.entry(6)) == 6)
        disk.crash()
        let (again, gaps) = try await Self.open(disk, known: 7)
        #expect(gaps.isEmpty)
        #expect(try await Self.all(again).map(\.0) == [1, 2, 3, 4, 5, 6])
        #expect(disk.bytes(path + ".foreign") == (isReplaced ? [1, 2, 3] : nil))
    }

    @Test("one that is removed is made again before the next begins, at a close, and once the disk has room")
    func takenAwayAtTheEnd() async throws {
        for step in ["full", "close", "fails"] {
            let disk = SimulatedDisk()
            let (log, _) = try await Self.open(disk)
            for i in 1...5 { _ = try await log.append(Self.entry(i)) }
            try await disk.remove(try #require(disk.paths(containing: ".segment").first))
            var expected = 5
            switch step {
            case "full":
                _ = try await log.append(Self.entry(6, size: 3_900))
                expected = 6
            case "close": await log.close()
            default:
                disk.fail("put", ".salvaged", .noSpace(path: "/"), count: 1)
                await #expect(throws: LogError.self) { _ = try await log.append(Self.entry(6)) }
                #expect(try await log.append(Self.entry(7)) == 6)
                expected = 6
            }
            disk.crash()
            let (again, gaps) = try await Self.open(disk, known: 6)
            #expect(gaps.isEmpty, "\(step)")
            #expect(try await Self.all(again).count == expected, "\(step)")
        }
    }

    @Test("one that nobody writes to is made again when it is looked at")
    func takenAwayIdle() async throws {
        let disk = SimulatedDisk()
        let (log, _) = try await Self.open(disk)
        for i in 1...5 { _ = try await log.append(Self.entry(i)) }
        #expect(try await log.checkFile().isEmpty)
        let path = try #require(disk.paths(containing: ".segment").first)
        try await disk.remove(path)
        #expect(try await log.checkFile() == [path])
        #expect(try await log.checkFile().isEmpty)
        disk.crash()
        #expect(try await Self.all(Self.open(disk, known: 6).log).count == 5)
    }
}
