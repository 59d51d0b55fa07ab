import CairnLog
import CairnSystem
import CairnTestKit
import Testing

@Suite("Every log keeps the promises of the seam")
struct EventLogSpecTests {
    @Test("segments on a simulated disk", arguments: EventLogSpec.rules)
    func simulated(_ rule: EventLogSpec.Rule) async throws {
        try await rule.check(try await SegmentLogTests.open(SimulatedDisk()).log)
    }

    @Test("the simulator's stream", arguments: EventLogSpec.rules)
    func stream(_ rule: EventLogSpec.Rule) async throws { try await rule.check(SharedLog()) }

    @Test("segments on the real disk", arguments: EventLogSpec.rules)
    func real(_ rule: EventLogSpec.Rule) async throws {
        let scratch = try LocalDiskLogTests.Scratch()
        var limits = SegmentLimits()
        limits.segmentByteCount = 1 << 14
        let log = try await SegmentLog.open(
            disk: LocalDisk(), random: SeededRandom(seed: 1), time: ImpatientTime(), keys: .fixed,
            directory: scratch.path + "/log",
            quarantine: scratch.path + "/quarantine", limits: limits
        ).log
        try await rule.check(log)
        await log.close()
    }
}
