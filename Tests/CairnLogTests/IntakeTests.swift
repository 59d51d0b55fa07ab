import CairnFormat
import CairnLog
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("The door's intake")
struct IntakeTests {
    static let account = (try? AccountID("111122223333"))!
    static let start = Timestamp(milliseconds: 1_772_359_964_000)

    struct Intake {
        let disk: SimulatedDisk
        let partition: IntakePartition
        let log: SegmentLog
        let budget: LogBudget
        let time: ManualTime
    }

    static func open(
        _ disk: SimulatedDisk, _ change: (inout IntakeLimits) -> Void = { _ in }, now: Timestamp = start,
        segment: Int = 1 << 16
    ) async throws -> Intake {
        var limits = IntakeLimits()
        limits.diskReserveByteCount = 0
        change(&limits)
        var segments = SegmentLimits()
        segments.segmentByteCount = segment
        let budget = LogBudget(limits: limits)
        let time = ManualTime(now: now)
        let opened = try await IntakePartition.open(
            disk: disk, random: SeededRandom(seed: 4), time: ImpatientTime(time), keys: .fixed,
            directory: "/data/log/0",
            quarantine: "/data/quarantine",
            segments: segments, limits: limits, budget: budget, known: 1)
        return Intake(disk: disk, partition: opened.partition, log: opened.log, budget: budget, time: time)
    }

    static func event(_ id: String?, principal: String = "p", extra: String = "") -> ([AcceptedEvent], [UInt8]) {
        let text =
            #"{"eventTime":"2026-03-01T10:12:44Z","eventSource":"a.b","eventName":"PutX","recipientAccountId":"111122223333","#
            + #""awsRegion":"us-east-1"\#(id.map { ",\"eventID\":\"\($0)\"" } ?? "")\#(extra)}"#
        let bytes = Array(text.utf8)
        let buffer = bytes + [UInt8](repeating: 0, count: JSONReader.padding)
        let rules = IntakeRules(
            principal: principal, accounts: nil, knownAccounts: [account], knownRegions: [.usEast1],
            defaultRegion: .usEast1)
        let event = try? EventReader().read(
            buffer, 0..<bytes.count, rules: rules, now: EventTime(seconds: start.seconds),
            makeID: { [UInt8](repeating: 7, count: 16) })
        return ([event].compactMap { $0 }, buffer)
    }

    static func send(
        _ intake: Intake, _ id: String?, principal: String = "p", extra: String = "", now: Timestamp = start
    ) async throws(IntakeError) -> [IntakePartition.Outcome] {
        let (events, buffer) = event(id, principal: principal, extra: extra)
        return try await intake.partition.accept(
            [events], from: buffer, principal: principal, peer: "127.0.0.1", isShared: true, now: now)[0].get()
    }

    @Test("the partition of an account and Region is a hash of both")
    func partitionRule() {
        // SHA-256 of 111122223333 00 us-east-1 begins with these eight bytes.
        let hash = SHA256.hash(Array("111122223333".utf8) + [0] + Array("us-east-1".utf8)).word(0)
        for count in [1, 4, 16] {
            #expect(PartitionRule.partition(Self.account, .usEast1, count: count) == Int(hash % UInt64(count)))
        }
    }

    @Test("an event that comes again adds nothing; other bytes or another sender do, and count as conflict")
    func duplicates() async throws {
        let intake = try await Self.open(SimulatedDisk())
        #expect(try await Self.send(intake, "a") == [.stored])
        #expect(try await Self.send(intake, "a") == [.duplicate])
        #expect(try await Self.send(intake, "a", extra: ",\"x\":1") == [.conflicting])
        #expect(try await Self.send(intake, "a", principal: "q") == [.conflicting])
        #expect(try await Self.send(intake, "a") == [.duplicate])
        #expect(await intake.log.bounds().next == 4)
    }

    @Test("an event whose id the door made up has no duplicate")
    func madeUp() async throws {
        let intake = try await Self.open(SimulatedDisk())
        #expect(try await Self.send(intake, nil) == [.stored])
        #expect(try await Self.send(intake, nil) == [.stored])
    }

    @Test("the window lasts, is forgotten after its time, and is learned again from the log")
    func window() async throws {
        let disk = SimulatedDisk()
        let intake = try await Self.open(disk)
        _ = try await Self.send(intake, "a")
        #expect(try await Self.send(intake, "a", now: Self.start + .seconds(599)) == [.duplicate])
        disk.crash()
        let soon = Self.start + .seconds(60)
        let again = try await Self.open(disk, now: soon)
        #expect(try await Self.send(again, "a", now: soon) == [.duplicate])
        // The window is a time in which something comes.
        for i in 0..<130 {
            #expect(try await Self.send(again, "b\(i)", now: soon + .seconds(Int64(i) * 10)) == [.stored])
        }
        #expect(try await Self.send(again, "a", now: soon + .seconds(1_300)) == [.stored])
    }

    /// Whoever got no answer from a door that fell over sends again when it is back, however long that takes.
    @Test("the time that the door was away does not count, for what is kept in the log neither")
    func downtime() async throws {
        let disk = SimulatedDisk()
        let filler = ",\"x\":\"\(String(repeating: "y", count: 50_000))\""
        let intake = try await Self.open(disk)
        for i in 0..<4 { _ = try await Self.send(intake, "\(i)", extra: filler) }
        disk.crash()
        for days in 1...20 {
            let late = Self.start + .seconds(Int64(days) * 86_400)
            let again = try await Self.open(disk, now: late)
            // It falls over again and again, and each time something else came first.
            #expect(try await Self.send(again, "day \(days)", now: late) == [.stored])
            for i in 0..<4 {
                #expect(try await Self.send(again, "\(i)", extra: filler, now: late) == [.duplicate])
            }
            // What a door does that has delivered everything.
            try await again.partition.trim(upTo: .max, keeping: 600_000)
            #expect(await again.log.bounds().first == 1)
            if days == 20 {
                // Nothing comes, but it could: then it is a time like any other.
                again.time.advance(by: .seconds(599))
                try await again.partition.trim(upTo: .max, keeping: 600_000)
                #expect(await again.log.bounds().first == 1)
                again.time.advance(by: .seconds(1))
                try await again.partition.trim(upTo: .max, keeping: 600_000)
                #expect(await again.log.bounds().first > 1)
            }
            disk.crash()
        }
    }

    @Test("a duplicate in flight shares the fate of the first")
    func inFlight() async throws {
        for fails in [false, true] {
            let disk = SimulatedDisk()
            let intake = try await Self.open(disk)
            _ = try await Self.send(intake, "begin")
            if fails { disk.fail("sync", ".segment", .failed(path: "x", operation: "sync", errno: 5)) }
            async let first = Self.send(intake, "a")
            async let second = Self.send(intake, "a")
            let results = [try? await first, try? await second]
            if fails {
                // Either both were refused, or one came after the failure and was stored by itself.
                let stored = results.compactMap { $0 }
                #expect(stored.isEmpty || stored == [[.stored]])
            } else {
                #expect(results.compactMap { $0 }.flatMap { $0 }.filter { $0 == .stored }.count == 1)
            }
            disk.crash()
            let again = try await Self.open(disk)
            let wasAcknowledged = results.contains { $0 != nil }
            #expect(try await Self.send(again, "a") == (wasAcknowledged ? [.duplicate] : [.stored]) || !wasAcknowledged)
        }
    }

    @Test("an id whose append failed leaves the window")
    func failedAppend() async throws {
        let disk = SimulatedDisk()
        let intake = try await Self.open(disk)
        disk.fail("sync", ".segment", .failed(path: "x", operation: "sync", errno: 5))
        await #expect(throws: IntakeError.self) { try await Self.send(intake, "a") }
        #expect(intake.budget.byteCount == 0)
        #expect(try await Self.send(intake, "a") == [.stored])
    }

    @Test("a full log, a full share and a low disk each say so, and take nothing")
    func limits() async throws {
        let full = try await Self.open(SimulatedDisk()) { limits in
            limits.logByteCountMax = 1_000
            limits.accountShare = 1
        }
        _ = try await Self.send(full, "a")
        _ = try await Self.send(full, "b")
        await #expect {
            _ = try await Self.send(full, "c", extra: ",\"x\":\"\(String(repeating: "y", count: 700))\"")
        } throws: {
            guard let error = $0 as? IntakeError, case .logFull = error else { return false }
            return true
        }
        let share = try await Self.open(SimulatedDisk()) { $0.logByteCountMax = 2_000 }
        _ = try await Self.send(share, "a")
        await #expect {
            _ = try await Self.send(share, "b", extra: ",\"x\":\"\(String(repeating: "y", count: 400))\"")
        } throws: {
            guard let error = $0 as? IntakeError, case .accountShare = error else { return false }
            return true
        }
        let low = try await Self.open(SimulatedDisk()) { $0.diskReserveByteCount = 100 }
        low.budget.noteFree(50)
        await #expect(throws: IntakeError.diskReserve(free: 50, reserve: 100)) { _ = try await Self.send(low, "a") }
        low.budget.noteFree(500)
        #expect(try await Self.send(low, "a") == [.stored])
    }

    @Test("trimming gives room back")
    func trimming() async throws {
        let intake = try await Self.open(SimulatedDisk())
        let filler = ",\"x\":\"\(String(repeating: "y", count: 50_000))\""
        for i in 0..<400 { _ = try await Self.send(intake, "\(i)", extra: filler) }
        let before = intake.budget.byteCount
        try await intake.partition.trim(upTo: await intake.log.bounds().next, keeping: 0)
        #expect(intake.budget.byteCount < before / 2)
    }

    @Test("markers are appended once a revision")
    func markers() async throws {
        let intake = try await Self.open(SimulatedDisk())
        try await intake.partition.mark(3, now: Self.start)
        try await intake.partition.mark(3, now: Self.start)
        #expect(await intake.log.bounds().next == 2)
    }

    @Test("what is delivered counts against nobody's share, but for accounts that are held")
    func shares() async throws {
        let intake = try await Self.open(SimulatedDisk()) { limits in
            limits.logByteCountMax = 3_000
            limits.accountShare = 0.5
        }
        var count = 0
        func fill() async throws {
            while true {
                count += 1
                _ = try await Self.send(intake, "e\(count)", extra: #","x":"\#(String(repeating: "y", count: 100))""#)
            }
        }
        await #expect(throws: IntakeError.self) { try await fill() }
        let full = intake.budget.byteCount
        let end = await intake.log.bounds().next
        await intake.partition.settle(upTo: end, held: [Self.account])
        await #expect(throws: IntakeError.self) { try await fill() }
        #expect(intake.budget.byteCount == full)
        await intake.partition.settle(upTo: end, held: [])
        _ = try await Self.send(intake, "late")
        // The bytes are in the log all the same, until they are let go.
        #expect(intake.budget.byteCount > full)
        #expect(intake.budget.isTight)
        try await intake.partition.drain(upTo: await intake.log.bounds().next)
        #expect(intake.budget.byteCount == 0 && !intake.budget.isTight)
        #expect(try await Self.send(intake, "late") == [.duplicate])
        #expect(try await Self.send(intake, "later") == [.stored])
    }
}
