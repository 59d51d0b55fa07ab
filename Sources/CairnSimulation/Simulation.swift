import CairnDelivery
import CairnDigests
import CairnKeys
import CairnLog
package import CairnServer
import CairnTestKit
import CairnTopics
import Glibc
import Synchronization

/// One run: a whole node in a world that breaks, from one seed, on the thread that calls it; then the oracle.
package struct Simulation: Sendable {
    /// What came of a run.
    package struct Outcome: Sendable, Equatable {
        package let plan: Plan
        /// What must never be, and was.
        package let violations: [String]
        package let traceHash: UInt64
        package let counts: FaultCounts
        package let stepCount: Int
        /// How many calls processes made on the world.
        package let callCount: Int
        /// How many there were when everything was drained.
        package let drainedAtCall: Int
        /// How many writes were not synced when power failed within a call, the last time.
        package let unsyncedCount: Int
        package let eventCount: Int
        package let fileCount: Int
    }

    /// When faults have stopped, everything must be drained within this simulated time.
    static let drainLimit = Duration.seconds(900)
    /// A run with more steps than this does not end.
    private static let stepCountMax = 20_000_000

    private let settings: NodeSettings

    /// Reads the settings that all runs begin from.
    package init() async throws(SettingsError) {
        // The one thing that a node reads past its seams: key bytes go from there into locked memory at once.
        setenv(Machine.rootVariable, Machine.root, 1)
        let flags: [SettingKey: String] = [
            .data: "/data", .rootKey: "env:\(Machine.rootVariable)", .insecureRoot: "true", .region: "us-east-1",
            .regions: "us-east-1,eu-west-1", .account: "\(Story.account)", .diskReserve: "0",
            .dedupeWindow: "86400s", .kmsEndpoint: Machine.kmsEndpoint,
            // It is kept in files of SQLite's, which the world has none of.
            .historyDays: "0",
        ]
        settings = try NodeSettings(
            try await SettingsReader(flags: flags, configurationFile: nil, environment: [:]), workingDirectory: "/")
    }

    private func settings(for plan: Plan) -> NodeSettings {
        var settings = settings
        settings.partitionCount = plan.partitionCount
        settings.delivery.cutAge = .milliseconds(plan.cutMilliseconds)
        settings.delivery.pollInterval = .milliseconds(100)
        settings.delivery.patience = .seconds(3)
        settings.delivery.cutByteCount = 4_000
        settings.delivery.memoryByteCount = 1 << 20
        settings.delivery.readByteCount = 4_096
        settings.delivery.retryIntervalMax = .seconds(5)
        settings.intake.windowMilliseconds = Int64(plan.windowSeconds) * 1_000
        if plan.faults.contains(.keyShredded) { settings.keyPeriod = .minute }
        settings.digests.period = .seconds(plan.digestSeconds)
        settings.digests.pollInterval = .milliseconds(500)
        settings.digests.retryIntervalMax = .seconds(5)
        settings.segments.segmentByteCount = 1 << 14
        if plan.thinsEarly {
            settings.thinning.age = .seconds(2)
            settings.segments.segmentByteCount = 1 << 12
        }
        settings.deliveredSegments.segmentByteCount = 1 << 13
        settings.topicSegments.segmentByteCount = 1 << 13
        return settings
    }

    /// Runs a plan to its end.
    ///
    /// - Parameter tell: gets the story, line by line.
    package func run(_ plan: Plan, tell: (@Sendable (String) -> Void)? = nil) -> Outcome {
        let trace = Trace(tell: tell)
        let world = World(plan, trace: trace)
        let settings = settings(for: plan)
        let result = Mutex<Oracle.Tally?>(nil)
        let isDone = Mutex(false)
        Task.detached(executorPreference: world.stepper) {
            let tally = await Self.live(world, settings)
            result.withLock { $0 = tally }
            isDone.withLock { $0 = true }
        }
        switch world.stepper.run(world.time, stepCountMax: Self.stepCountMax, until: { isDone.withLock { $0 } }) {
        case .done: break
        case .stuck: world.violated("a dead-lock: nothing is ready, nobody sleeps, and the run has not ended")
        case .tooManySteps: world.violated("the run does not end within \(Self.stepCountMax) steps")
        }
        let tally = result.withLock { $0 } ?? Oracle.Tally()
        return Outcome(
            plan: plan, violations: world.violations, traceHash: trace.hash, counts: world.counts,
            stepCount: world.stepper.stepCount, callCount: world.callCount,
            drainedAtCall: tally.drainedAtCall,
            unsyncedCount: world.unsyncedCount, eventCount: tally.eventCount, fileCount: tally.fileCount)
    }

    private static func live(_ world: World, _ settings: NodeSettings) async -> Oracle.Tally {
        let machine = Machine(world, settings: settings)
        let console = Console(world, settings: settings)
        let ledger = Ledger()
        do throws(TopicError) { try await world.subscriber.subscribe(console.subscriptions(nil)) } catch {
            world.violated("nobody can subscribe: \(error)")
        }
        if world.plan.hasRivals { world.count(.rivals) }
        let keeping = Task(executorPreference: world.stepper) { await machine.run() }
        let people = Operator(console, ledger, machine)
        await people.waitForDeployment()
        await people.makeTrails()
        let keyring: Keyring
        do { keyring = try await console.keyring() } catch {
            world.violated("the keyring does not open: \(error)")
            return Oracle.Tally()
        }
        let consumer = Consumer(console)
        let consuming = Task(executorPreference: world.stepper) { await consumer.run(keyring) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<world.plan.senderCount {
                group.addTask { await Sender(number, machine, ledger).run() }
            }
            group.addTask { await people.run(keyring) }
            group.addTask { await Accidents(machine, console, keyring).run() }
        }
        world.note("faults stop")
        world.calm()
        await Sender(world.plan.senderCount, machine, ledger).probe()
        let oracle = Oracle(console, ledger, consumer, keyring)
        let drained = await oracle.waitUntilDrained()
        let drainedAtCall = world.callCount
        consuming.cancel()
        await consuming.value
        machine.close()
        await keeping.value
        var tally = await oracle.judge(drained)
        tally.drainedAtCall = drainedAtCall
        return tally
    }
}
