import ArgumentParser
import CairnSimulation
import CairnTerminal

/// Worlds by the thousand.
@main
struct CairnSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn-sim",
        abstract: "Run whole nodes in simulated worlds that break, and judge what they leave behind.",
        discussion: """
            Each seed is one world: a node with its door, log, delivery, digests, keys and topics, senders, operators and \
            consumers, and what goes wrong. The same seed gives the same run on any machine. A seed that fails is \
            replayed by 'cairn-sim --seed N --trace'; '--shrink' looks for a smaller run that fails too.
            """)

    @Option(help: "The first seed.")
    var seed: UInt64 = 1

    @Option(help: "How many seeds.")
    var count: UInt64 = 1

    @Option(help: "How many worlds at the same time.")
    var jobs = 1

    @Flag(help: "Tell the story of each run.")
    var trace = false

    @Flag(help: "For a seed that fails, look for a smaller run that fails too.")
    var shrink = false

    @Flag(help: "Stop when a seed has failed.")
    var untilFailure = false

    @Flag(help: "Print each seed with the hash of its trace.")
    var hashes = false

    @Flag(help: "End a small run at every one of its calls, in every way: processes die, power fails.")
    var enumerate = false

    func validate() throws {
        guard count > 0, jobs > 0, seed.addingReportingOverflow(count).overflow == false else {
            throw ValidationError("--count and --jobs are 1 or more")
        }
    }

    func run() async throws {
        let simulation = try await Simulation()
        if enumerate { return try await enumerateCrashes(simulation) }
        var (sum, failed, steps, events, files) = (FaultCounts(), 0, 0, 0, 0)
        // Where a failure is expected, runs that fail may be long ones.
        let blockCount = UInt64((untilFailure ? 4 : 64) * jobs)
        for start in stride(from: seed, to: seed + count, by: Int(blockCount)) {
            let end = min(seed + count, start + blockCount)
            for outcome in await outcomes(simulation, start..<end) {
                sum += outcome.counts
                steps += outcome.stepCount
                events += outcome.eventCount
                files += outcome.fileCount
                report(outcome)
                guard !outcome.violations.isEmpty else { continue }
                failed += 1
                if shrink { self.shrink(outcome.plan, simulation) }
            }
            if failed > 0, untilFailure { throw ExitCode(1) }
        }
        for fault in Fault.allCases { Terminal.line("\(Self.column(sum[fault])) \(fault.rawValue)") }
        Terminal.line("\(count) seeds, \(steps) steps, \(events) events, \(files) files: \(failed) seeds with findings")
        if failed > 0 { throw ExitCode(1) }
    }

    /// The outcomes of seeds, in their order.
    private func outcomes(_ simulation: Simulation, _ seeds: Range<UInt64>) async -> [Simulation.Outcome] {
        let jobs = jobs
        let tell: (@Sendable (String) -> Void)? = trace ? { @Sendable in Terminal.line($0) } : nil
        return await withTaskGroup(of: [Simulation.Outcome].self) { group in
            for job in 0..<jobs {
                group.addTask {
                    // A world keeps its thread until it has ended.
                    let mine = seeds.filter { Int(($0 - seeds.lowerBound) % UInt64(jobs)) == job }
                    return mine.map { simulation.run(Plan(seed: $0), tell: tell) }
                }
            }
            var outcomes: [Simulation.Outcome] = []
            for await some in group { outcomes += some }
            return outcomes.sorted { $0.plan.seed < $1.plan.seed }
        }
    }

    /// Every call of small runs as the last one.
    private func enumerateCrashes(_ simulation: Simulation) async throws {
        var (runs, failed) = (0, 0)
        for seed in seed..<seed + count {
            let crashes = CrashEnumeration(simulation, .small(seed: seed))
            let jobs = jobs
            let outcomes = await withTaskGroup(of: [Simulation.Outcome].self) { group in
                for job in 0..<jobs {
                    group.addTask {
                        stride(from: 1 + job, through: crashes.callCount, by: jobs).flatMap {
                            crashes.outcomes(behindCall: $0)
                        }
                    }
                }
                var outcomes: [Simulation.Outcome] = []
                for await some in group { outcomes += some }
                return outcomes
            }
            for outcome in outcomes where !outcome.violations.isEmpty {
                failed += 1
                guard failed <= 20 else { continue }
                Terminal.line("FAILS: \(outcome.plan)")
                for violation in outcome.violations.prefix(3) { Terminal.line("    \(violation)") }
            }
            runs += outcomes.count
            Terminal.line("small run \(seed): \(crashes.callCount) calls, ended in \(outcomes.count) ways")
        }
        Terminal.line("\(runs) runs, \(failed) with findings")
        if failed > 0 { throw ExitCode(1) }
    }

    private func report(_ outcome: Simulation.Outcome) {
        let seed = outcome.plan.seed
        if hashes { Terminal.line("\(seed) \(String(outcome.traceHash, radix: 16))") }
        if count == 1 { Terminal.line("\(outcome.plan)") }
        guard !outcome.violations.isEmpty else { return }
        Terminal.line("seed \(seed) FAILS; replay it with: cairn-sim --seed \(seed) --trace")
        for violation in outcome.violations.prefix(8) { Terminal.line("    \(violation)") }
        if outcome.violations.count > 8 { Terminal.line("    and \(outcome.violations.count - 8) more") }
    }

    private func shrink(_ plan: Plan, _ simulation: Simulation) {
        guard let smallest = Shrinker(simulation).shrink(plan) else { return }
        Terminal.line("the smallest run that fails: \(smallest.plan)")
        for violation in smallest.violations.prefix(3) { Terminal.line("    \(violation)") }
    }

    private static func column(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: " ", count: max(0, 9 - text.utf8.count)) + text
    }
}
