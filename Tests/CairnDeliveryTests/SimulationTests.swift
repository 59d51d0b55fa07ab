import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnLog
import CairnObjects
import CairnSystem
import CairnTestKit
import CairnTrails
import Testing

@Suite("Whatever happens, in whatever order: exactly once")
struct SimulationTests {
    /// One run: a hundred things that can happen to a node, picked by a seed.
    private struct Run {
        let world: World
        let dice: SeededRandom
        var context: PartitionContext
        var workers: [SharedCuts]

        init(seed: UInt64) async throws {
            world = try await DeliveryTests.world(seed: seed)
            try await world.trails { $0.append(try! World.trail("second", bucket: "away")) }
            dice = SeededRandom(seed: seed)
            world.settings.cutByteCount = 1_500
            world.settings.readByteCount = 200 + dice.below(4_000)
            context = try await world.worker()
            workers = [SharedCuts(context), SharedCuts(context)]
        }

        mutating func happen() async throws {
            switch dice.below(20) {
            case 0...5:
                try? await world.send(dice.below(5) + 1, to: World.regions[dice.below(2)], size: dice.below(900))
            case 6...10: _ = try? await workers[dice.below(2)].step()
            case 11:
                let lanes = (try? await world.cursor().apart.map(\.lane)) ?? []
                for lane in lanes { _ = try? await LoneCuts(context).step(lane) }
            case 12, 13: world.time.advance(by: .seconds(dice.below(8)))
            case 14: world.objects.deny(dice.below(2) == 0 ? [] : ["away"])
            case 15: try await change()
            case 16:
                guard let cursor = try? await world.cursor() else { return }
                try? await world.intake.trim(upTo: cursor.trimmable, keeping: 0)
            case 17: await fail()
            case 18: world.objects.loseAnswers(1)
            default: try await crash()
            }
        }

        /// A change of the trails that leaves the first trail's lanes as they are.
        private func change() async throws {
            heal()
            let number = dice.below(3)
            try await world.trails { trails in
                for i in trails.indices where trails[i].bucket.text == "away" {
                    if number == 0 { trails[i].setLogging(!trails[i].isLogging, at: 1) }
                }
                if number > 0 { trails[0].compression = trails[0].compression == .fast ? .small : .fast }
            }
        }

        private func fail() async {
            switch dice.below(4) {
            case 0: world.documents.fail(call: 1 + dice.below(4))
            case 1: world.documents.loseAnswer(call: 1 + dice.below(4))
            case 2: world.disk.fail("sync", "/data/log/", .failed(path: "x", operation: "sync", errno: 5))
            default: world.disk.fail("sync", "/data/delivered/", .failed(path: "x", operation: "sync", errno: 5))
            }
        }

        private func heal() {
            world.documents.fail(call: nil)
            world.documents.loseAnswer(call: nil)
            world.disk.healFaults()
        }

        /// Power fails, perhaps in the middle of a step, and everything starts again.
        mutating func crash() async throws {
            if dice.below(2) == 0 {
                world.disk.crashAfter(operations: dice.below(12))
                try? await world.send(2, size: dice.below(900))
                _ = try? await workers[0].step()
            }
            heal()
            world.disk.crash()
            try await world.open()
            context = try await world.worker()
            workers = [SharedCuts(context), SharedCuts(context)]
        }

        mutating func end() async throws {
            world.objects.deny([])
            world.objects.loseAnswers(0)
            try await crash()
            try await world.deliver(context)
        }
    }

    @Test("a hundred accidents", arguments: [1...50, 51...100, 101...150, 151...200] as [ClosedRange<UInt64>])
    func accidents(_ seeds: ClosedRange<UInt64>) async throws {
        for seed in seeds {
            var run = try await Run(seed: seed)
            for _ in 0..<100 { try await run.happen() }
            try await run.end()
            try run.world.check("seed \(seed)")
            // The second trail came and went; nothing of it may be twice.
            for (name, files) in try run.world.places(bucket: "away") {
                #expect(files.count == 1, "\(name) of the second trail, seed \(seed)")
            }
            #expect(run.world.disk.paths(containing: "/data/quarantine/").isEmpty, "seed \(seed)")
            #expect(try await run.world.cursor().apart.isEmpty, "seed \(seed)")
        }
    }

    @Test("two workers at the same moment, and the lanes' own loop besides")
    func concurrent() async throws {
        for seed in 1...10 as ClosedRange<UInt64> {
            let world = try await DeliveryTests.world(seed: seed)
            world.settings.cutByteCount = 1_500
            for _ in 0..<30 { try await world.send(2, to: World.regions[Int(seed) % 2], size: 300) }
            world.time.advance(by: .seconds(6))
            let context = try await world.worker()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        let shared = SharedCuts(context)
                        for _ in 0..<60 { _ = try? await shared.step() }
                    }
                }
            }
            try await world.deliver(context)
            try world.check("seed \(seed)")
        }
    }

    @Test("a lane that is always full does not keep the log from being trimmed")
    func hotLane() async throws {
        let world = try await DeliveryTests.world()
        world.settings.cutByteCount = 1_500
        let shared = SharedCuts(try await world.worker())
        for _ in 0..<40 {
            try await world.send(3, size: 700)
            while try await shared.step() {}
            world.time.advance(by: .seconds(1))
        }
        let end = await world.log.bounds().next
        #expect(try await world.cursor().trimmable + 12 > end)
    }

    @Test("events that no trail takes do not keep the log from being trimmed")
    func nobodyTakes() async throws {
        let world = try await DeliveryTests.world()
        try await world.trails { $0[0].setLogging(false, at: 1) }
        let shared = SharedCuts(try await world.worker())
        for _ in 0..<20 {
            try await world.send(1)
            while try await shared.step() {}
            world.time.advance(by: .seconds(1))
        }
        let end = await world.log.bounds().next
        #expect(try await world.cursor().trimmable + 8 > end)
        #expect(world.disk.paths(containing: "/data/buckets/").isEmpty)
    }

    @Test("a lane is tried for as long as patience lasts, then set apart, and the others commit")
    func patience() async throws {
        let world = try await DeliveryTests.world()
        try await world.trails { $0.append(try! World.trail("second", bucket: "away")) }
        try await world.send(1)
        world.settings.patience = .seconds(30)
        world.objects.deny(["away"])
        let context = try await world.worker()
        let started = world.time.uptime
        let task = Task {
            let shared = SharedCuts(context)
            while try await shared.step() {}
        }
        world.time.advance(by: .seconds(6))
        while try await world.cursor().apart.isEmpty {
            await Task.yield()
            world.time.advance(by: .milliseconds(100))
        }
        #expect(world.time.uptime - started >= .seconds(30))
        try await task.value
        try world.check()
        #expect(try await world.cursor().intent == nil)
    }
}
