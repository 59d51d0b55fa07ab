/// Finds a smaller plan that still fails: fewer faults, fewer of everything.
package struct Shrinker: Sendable {
    private let simulation: Simulation
    /// How many runs it may take.
    private let runCountMax: Int

    package init(_ simulation: Simulation, runCountMax: Int = 400) {
        (self.simulation, self.runCountMax) = (simulation, runCountMax)
    }

    /// The smallest plan that was found, and how it fails. Nil: the plan does not fail.
    ///
    /// - Parameter progress: is told of each smaller plan.
    package func shrink(_ plan: Plan, progress: (Plan) -> Void = { _ in }) -> Simulation.Outcome? {
        var best = simulation.run(plan)
        guard !best.violations.isEmpty else { return nil }
        var runCount = 1
        var isSmaller = true
        while isSmaller {
            isSmaller = false
            for candidate in candidates(best.plan) {
                guard runCount < runCountMax else { return best }
                runCount += 1
                let outcome = simulation.run(candidate)
                guard !outcome.violations.isEmpty else { continue }
                (best, isSmaller) = (outcome, true)
                progress(candidate)
                break
            }
        }
        return best
    }

    private func candidates(_ plan: Plan) -> [Plan] {
        var plans: [Plan] = []
        func add(_ change: (inout Plan) -> Void) {
            var smaller = plan
            change(&smaller)
            if smaller != plan { plans.append(smaller) }
        }
        add { $0.faults = [] }
        for path in [\Plan.senderCount, \.requestsPerSender, \.eventsPerRequest, \.trailCount, \.partitionCount] {
            add { $0[keyPath: path] = 1 }
            add { $0[keyPath: path] = max(1, $0[keyPath: path] / 2) }
        }
        for path in [\Plan.workerCount, \.changeCount, \.accidentCount] {
            add { $0[keyPath: path] = 0 }
            add { $0[keyPath: path] /= 2 }
            add { $0[keyPath: path] = max(0, $0[keyPath: path] - 1) }
        }
        for fault in Fault.allCases where plan.faults.contains(fault) { add { $0.faults.remove(fault) } }
        add { $0.seconds = max(5, $0.seconds / 2) }
        return plans
    }
}
