import CairnFormat
import CairnLog
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("What nobody needs is taken out of the segments that a few still need")
struct ThinningTests {
    static let few = AccountRegion(account: IntakeTests.account, region: .usEast1)
    static let many = AccountRegion(account: IntakeTests.account, region: (try? Region("eu-west-1"))!)
    static let regions = [few.region, many.region]

    /// Sends `count` events, every eighth to the Region of the few.
    static func fill(_ intake: IntakeTests.Intake, _ count: Int = 64) async throws {
        for number in 0..<count { try await send(intake, number, to: number % 8 == 0 ? few.region : many.region) }
    }

    static func send(
        _ intake: IntakeTests.Intake, _ number: Int, to region: Region, size: Int = 4_000
    ) async throws {
        let text =
            #"{"eventTime":"2026-03-01T10:12:44Z","eventSource":"a.b","eventName":"PutX","awsRegion":"\#(region)","#
            + #""recipientAccountId":"111122223333","eventID":"e\#(number)","x":"\#(String(repeating: "y", count: size))"}"#
        let bytes = Array(text.utf8)
        let buffer = bytes + [UInt8](repeating: 0, count: JSONReader.padding)
        let rules = IntakeRules(
            principal: "p", accounts: nil, knownAccounts: [IntakeTests.account], knownRegions: Set(regions),
            defaultRegion: .usEast1)
        let event = try EventReader().read(
            buffer, 0..<bytes.count, rules: rules, now: EventTime(seconds: IntakeTests.start.seconds),
            makeID: { [UInt8](repeating: 7, count: 16) })
        _ = try await intake.partition.accept(
            [[event]], from: buffer, principal: "p", peer: "127.0.0.1", isShared: true, now: IntakeTests.start)[0].get()
    }

    /// Thins until there is nothing left to do.
    static func thin(
        _ intake: IntakeTests.Intake, upTo: UInt64 = .max, _ needed: [AccountRegion: UInt64] = [few: 1]
    ) async throws -> [ThinnedSegment] {
        var thinned: [ThinnedSegment] = []
        for _ in 0..<100 {
            // It tries one segment at a time; one that is not worth it is none.
            if let one = try await intake.partition.thin(upTo: upTo, keeping: 0, needed: needed) { thinned.append(one) }
        }
        return thinned
    }

    /// The ids of the events that a reader finds who must not miss those of `wanted`, with their sequences.
    static func events(
        _ log: any EventLog, of wanted: Set<AccountRegion>?, from: UInt64 = 1
    ) async throws(LogError) -> [UInt64: String] {
        var (found, next): ([UInt64: String], UInt64) = ([:], from)
        while true {
            let chunk = try await log.read(from: next, byteCountMax: 10_000, wanted: wanted)
            guard chunk.next > next else { return found }
            for frame in chunk.frames where frame.kind == .batch {
                guard let batch = try? Batch(chunk.bytes, frame.payload) else { continue }
                let text = String(decoding: chunk.bytes[batch.body], as: UTF8.self)
                found[frame.sequence] = text.split(separator: "\"eventID\":\"")[1].prefix { $0 != "\"" }.description
            }
            next = chunk.next
        }
    }

    static func isNeeded(_ event: String) -> Bool { Int(event.dropFirst())! % 8 == 0 }

    @Test("who needs it finds all of it where it stood; who wants more is told that it is gone; its room is given back")
    func thinned() async throws {
        let disk = SimulatedDisk()
        let intake = try await IntakeTests.open(disk)
        try await Self.fill(intake)
        let all = try await Self.events(intake.log, of: nil)
        let before = (budget: intake.budget.byteCount, file: await intake.log.bounds().byteCount)
        let thinned = try await Self.thin(intake)
        let dropped = thinned.flatMap(\.dropped)
        #expect(thinned.count >= 3 && thinned.allSatisfy { $0.byteCounts.after < $0.byteCounts.before / 3 })
        #expect(intake.budget.byteCount == before.budget - dropped.reduce(0) { $0 + $1.byteCount })
        #expect(await intake.log.bounds().byteCount < before.file - 3 * 40_000)
        for start in [UInt64(1), 2, 9, 13] {
            let needed = all.filter { $0.key >= start && Self.isNeeded($0.value) }
            let found = try await Self.events(intake.log, of: [Self.few], from: start)
            #expect(found.filter { Self.isNeeded($0.value) } == needed)
            #expect(Set(found.keys).isDisjoint(with: dropped.map(\.sequence)))
        }
        for wanted in [nil, [Self.many], [Self.few, Self.many]] as [Set<AccountRegion>?] {
            let error = await #expect(throws: LogError.self) { try await Self.events(intake.log, of: wanted) }
            guard case .trimmed(_, let first) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(first > 1)
        }
        // Where everything still stands everybody may read.
        let whole = try #require(dropped.last).sequence + 1
        #expect(try await Self.events(intake.log, of: nil, from: whole).count == 64 - Int(whole) + 1)
        // And so after a start, of another process too; the tally knows what is left.
        disk.crash()
        let again = try await IntakeTests.open(disk)
        #expect(again.budget.byteCount == intake.budget.byteCount)
        let reader = ReadOnlyLog(disk: disk, directory: "/data/log/0", keys: .fixed)
        let found = try await Self.events(reader, of: [Self.few])
        #expect(found.filter { Self.isNeeded($0.value) } == all.filter { Self.isNeeded($0.value) })
        #expect(disk.paths(containing: "quarantine").isEmpty && disk.paths(containing: ".suspect").isEmpty)
    }

    @Test("only segments that end before the shared place are thinned, and not those of the window")
    func bounds() async throws {
        let intake = try await IntakeTests.open(SimulatedDisk())
        try await Self.fill(intake)
        #expect(try await intake.partition.thin(upTo: .max, keeping: 1, needed: [Self.few: 1]) == nil)
        let thinned = try await Self.thin(intake, upTo: 20)
        #expect(!thinned.isEmpty && thinned.allSatisfy { $0.dropped.allSatisfy { $0.sequence < 20 } })
        // Nothing is needed before 30: that is for trimming.
        try await intake.partition.trim(upTo: 30, keeping: 0)
        let rest = try await Self.thin(intake, [Self.few: 30])
        #expect(!rest.isEmpty && rest.allSatisfy { $0.dropped.allSatisfy { $0.sequence > 14 } })
    }

    @Test("a segment is thinned again when fewer need it, and left alone when it would not get much smaller")
    func again() async throws {
        let disk = SimulatedDisk()
        let intake = try await IntakeTests.open(disk)
        for number in 0..<64 {
            try await Self.send(intake, number, to: number % 16 == 8 ? Self.few.region : Self.many.region)
        }
        #expect(try await Self.thin(intake, [Self.few: 1, Self.many: 1]).isEmpty)
        let second = try await Self.thin(intake, [Self.few: 1])
        #expect(!second.isEmpty)
        // A start knows nothing of it: it looks again, finds nothing, and knows.
        disk.crash()
        let later = try await IntakeTests.open(disk)
        #expect(try await Self.thin(later, [Self.few: 1]).isEmpty)
        let none = AccountRegion(account: IntakeTests.account, region: (try? Region("us-west-2"))!)
        let third = try await Self.thin(later, [none: 1])
        #expect(!third.isEmpty)
        // Nobody gets back what an earlier thinning took out, whatever a later one says that it keeps.
        await #expect(throws: LogError.self) { try await Self.events(later.log, of: [Self.few]) }
        await #expect(throws: LogError.self) { try await Self.events(later.log, of: [none, Self.many]) }
    }

    @Test("a reader in the midst of a segment reads on while it is thinned")
    func reading() async throws {
        let disk = SimulatedDisk()
        let intake = try await IntakeTests.open(disk)
        try await Self.fill(intake)
        let all = try await Self.events(intake.log, of: nil).filter { Self.isNeeded($0.value) }
        for stop in 1..<12 {
            let reader = ReadOnlyLog(disk: disk, directory: "/data/log/0", keys: .fixed)
            var (found, next): ([UInt64: String], UInt64) = ([:], 1)
            for _ in 0..<stop { next = try await reader.read(from: next, byteCountMax: 1, wanted: [Self.few]).next }
            if stop == 5 { _ = try await Self.thin(intake) }
            found = try await Self.events(reader, of: [Self.few], from: next)
            #expect(found.filter { Self.isNeeded($0.value) } == all.filter { $0.key >= next })
            await reader.close()
        }
        #expect(disk.paths(containing: ".suspect").isEmpty)
    }

    @Test("a crash at any operation leaves a segment as it was, or thinned")
    func crashes() async throws {
        var number = 1
        while true {
            let disk = SimulatedDisk(seed: UInt64(number))
            let intake = try await IntakeTests.open(disk)
            try await Self.fill(intake, 40)
            let all = try await Self.events(intake.log, of: nil).filter { Self.isNeeded($0.value) }
            disk.crashAfter(operations: number)
            _ = try? await Self.thin(intake)
            let wasReached = disk.isDown
            disk.crash()
            let again = try await IntakeTests.open(disk)
            let found = try await Self.events(again.log, of: [Self.few])
            #expect(found.filter { Self.isNeeded($0.value) } == all, "after \(number)")
            #expect(disk.paths(containing: "quarantine").isEmpty && disk.paths(containing: ".new").isEmpty)
            if !wasReached { break }
            number += 1
        }
        #expect(number > 10)
    }

    @Test("a segment of many windows of reading is thinned, wherever their edges fall")
    func windows() async throws {
        let disk = SimulatedDisk()
        let intake = try await IntakeTests.open(disk, segment: 16 << 20)
        // Frames of all sizes: their ends lie anywhere around the edges.
        for i in 0..<700 {
            try await Self.send(
                intake, i, to: i % 50 == 0 ? Self.few.region : Self.many.region, size: 30_000 + i * 7_919 % 30_011)
        }
        let thinned = try await Self.thin(intake)
        #expect(thinned.count == disk.paths(containing: ".segment").count - 1 && thinned.count >= 1)
    }

    @Test("a segment that cannot be read is left alone, and the others are thinned")
    func unreadable() async throws {
        let disk = SimulatedDisk()
        let intake = try await IntakeTests.open(disk)
        try await Self.fill(intake)
        let paths = disk.paths(containing: ".segment").sorted()
        disk.failReads(paths[0], from: 0, to: 1 << 20)
        #expect(try await Self.thin(intake).map(\.path) == Array(paths[1..<paths.count - 1]))
    }

    @Test("a damaged segment is not written anew: that would make its damage look whole")
    func damaged() async throws {
        let disk = SimulatedDisk()
        let intake = try await IntakeTests.open(disk)
        try await Self.fill(intake)
        let paths = disk.paths(containing: ".segment").sorted()
        disk.corrupt(paths[1], at: 20_000)
        let before = disk.bytes(paths[1])
        #expect(try await Self.thin(intake).map(\.path) == [paths[0]] + paths[2..<paths.count - 1])
        #expect(disk.bytes(paths[1]) == before)
    }
}
