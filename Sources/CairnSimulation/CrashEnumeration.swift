/// Tries every call of a small run as the last one: a process dying behind it, and the power failing, with every
/// choice of the unsynced writes that reach the disk.
package struct CrashEnumeration: Sendable {
    /// Of this many unsynced writes every choice is tried; further ones all share the fate of the last.
    package static let writeCountMax = 4

    private let simulation: Simulation
    private let plan: Plan
    /// How many calls the run has until everything is drained, when nothing ends.
    package let callCount: Int

    package init(_ simulation: Simulation, _ plan: Plan) {
        (self.simulation, self.plan) = (simulation, plan)
        callCount = simulation.run(plan).drainedAtCall
    }

    /// The outcomes of all runs that end something behind a call: what ends before the next call is the same.
    package func outcomes(behindCall call: Int) -> [Simulation.Outcome] {
        let bare = run(CrashPoint(call: call, isPower: true, takesEffect: true, survivors: 0))
        var outcomes = [run(CrashPoint(call: call, isPower: false, takesEffect: true)), bare]
        let count = min(bare.unsyncedCount, Self.writeCountMax)
        for survivors in (0..<UInt8(1 << count)).dropFirst() {
            // The fate of the last bit is that of all further writes.
            let rest: UInt8 = survivors >> UInt8(count - 1) & 1 == 1 ? 0xFF << UInt8(count) : 0
            outcomes.append(
                run(CrashPoint(call: call, isPower: true, takesEffect: true, survivors: survivors | rest)))
        }
        return outcomes
    }

    private func run(_ crash: CrashPoint) -> Simulation.Outcome {
        var plan = plan
        plan.crash = crash
        return simulation.run(plan)
    }
}
