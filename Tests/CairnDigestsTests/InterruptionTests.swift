import CairnDigests
import CairnFormat
import CairnSystem
import CairnTestKit
import CairnValidation
import Synchronization
import Testing

@Suite("A builder that is stopped anywhere")
struct InterruptionTests {
    /// One seed: deliveries, copies, stops and starts, hours that pass, and a builder that dies somewhere in each round.
    private func run(_ seed: UInt64) async throws {
        let world = try await ChainWorld(seed: seed)
        let dice = SeededRandom(seed: seed &* 7_919)
        var isOn = [ChainWorld.home: false, ChainWorld.other: false]
        var keepers = [world.keeper(), world.keeper()]
        var followings: [DigestKeeper.Following?] = [nil, nil]
        for round in 0..<30 {
            for region in [ChainWorld.home, ChainWorld.other] {
                switch dice.below(6) {
                case 0:
                    let on = isOn[region]!
                    try await world.turn(on ? .stop : .start, region)
                    isOn[region] = !on
                case 1...3: if isOn[region]! { try await world.file(region) }
                default: break
                }
            }
            if dice.below(3) == 0 { try await world.copy() }
            if dice.below(2) == 0 { world.time.advance(by: .seconds(600 + dice.below(4_000))) }
            // Dies at a call of the documents or of the store, or loses an answer, or the power fails.
            let call = 1 + (round + Int(seed)) % 9
            let accident = dice.below(6)
            switch accident {
            case 0: world.documents.fail(call: call)
            case 1: world.documents.loseAnswer(call: call)
            case 2: world.objects.fail(1, keysContaining: dice.below(2) == 0 ? "Digest" : "")
            case 3: world.objects.loseAnswers(1)
            case 4: world.disk.crashAfter(operations: dice.below(14))
            default: break
            }
            let i = dice.below(2)
            do {
                if followings[i] == nil { followings[i] = try await keepers[i].follow() }
                for _ in 0..<1 + dice.below(6) {
                    var following = followings[i]!
                    followings[i] = nil
                    _ = try await keepers[i].step(&following)
                    followings[i] = following
                }
            } catch {}
            world.documents.fail(call: nil)
            world.documents.loseAnswer(call: nil)
            world.objects.heal()
            if accident == 4 || dice.below(3) == 0 {
                // The process dies, and with it all that it held; perhaps the power fails too.
                world.disk.crash()
                try await world.open()
                keepers = [world.keeper(), world.keeper()]
                followings = [nil, nil]
            }
        }
        world.disk.crash()
        try await world.open()
        world.time.advance(by: .seconds(7_300))
        try await world.digest()
        let summary = try await world.expectSound("seed \(seed)")
        #expect(world.findings.withLock { $0 } == [], "seed \(seed)")
        #expect(world.disk.paths(containing: "/data/quarantine/").isEmpty, "seed \(seed)")
        #expect(summary.files.valid == world.files.count, "seed \(seed)")
    }

    @Test(
        "leaves a chain that is whole, and a validator that finds nothing",
        arguments: [1...50, 51...100, 101...150, 151...200] as [ClosedRange<UInt64>])
    func anywhere(_ seeds: ClosedRange<UInt64>) async throws {
        for seed in seeds { try await run(seed) }
    }

    @Test("at each call of documents and store of one digest, and goes on to the same bytes")
    func eachCall() async throws {
        func story(_ spoil: (ChainWorld) -> Void) async throws -> [String: [UInt8]] {
            let world = try await ChainWorld(seed: 5)
            try await world.turn(.start)
            try await world.file()
            try await world.digest()
            world.time.advance(by: ChainWorld.hour)
            spoil(world)
            let keeper = world.keeper()
            _ = try? await world.digest(keeper)
            world.documents.fail(call: nil)
            world.documents.loseAnswer(call: nil)
            world.objects.heal()
            try await world.digest()
            try await world.expectSound()
            var files: [String: [UInt8]] = [:]
            for path in world.disk.paths(containing: "CloudTrail-Digest") { files[path] = world.disk.bytes(path) }
            return files
        }
        let whole = try await story { _ in }
        #expect(whole.count == 4)
        for call in 1...40 {
            #expect(try await story { $0.documents.fail(call: call) } == whole, "document call \(call) fails")
            #expect(try await story { $0.documents.loseAnswer(call: call) } == whole, "answer \(call) is lost")
        }
        #expect(try await story { $0.objects.loseAnswers(1) } == whole)
        #expect(try await story { $0.objects.fail(1, keysContaining: "Digest") } == whole)
    }

    @Test("is told of, and so is that it is over")
    func reports() async throws {
        let world = try await ChainWorld(seed: 5)
        try await world.turn(.start)
        world.objects.fail(1, keysContaining: "Digest")
        try await world.digest()
        #expect(world.reports.withLock { $0.count } == 1)
        #expect(world.reports.withLock { $0.last?.hasPrefix("us-east-1: ") } ?? false)
        world.time.advance(by: .seconds(60))
        try await world.digest()
        #expect(world.reports.withLock { $0.last } == "us-east-1: made")
    }
}
