import CairnSimulation
import Testing

@Suite("A node in a world that breaks")
struct SimulationTests {
    @Test(
        "loses nothing, doubles nothing, and leaves an archive that holds",
        arguments: [1...6, 7...12] as [ClosedRange<UInt64>])
    func seeds(_ seeds: ClosedRange<UInt64>) async throws {
        let simulation = try await Simulation()
        for seed in seeds {
            let outcome = simulation.run(Plan(seed: seed))
            #expect(outcome.violations == [], "cairn-sim --seed \(seed) --trace")
        }
    }

    @Test("the same seed is the same story, another seed another one")
    func repeats() async throws {
        let simulation = try await Simulation()
        var hashes: Set<UInt64> = []
        for seed in 40...42 as ClosedRange<UInt64> {
            let first = simulation.run(Plan(seed: seed))
            #expect(first == simulation.run(Plan(seed: seed)))
            #expect(first.eventCount > 0 && first.fileCount > 0 && first.stepCount > 1_000)
            hashes.insert(first.traceHash)
        }
        #expect(hashes.count == 3)
    }
}
