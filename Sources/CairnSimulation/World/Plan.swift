import CairnTestKit

/// What a run is to be like: drawn from its seed, and made smaller by hand or by ``Shrinker``.
package struct Plan: Sendable, Equatable, CustomStringConvertible {
    package let seed: UInt64
    package var faults: Set<Fault>
    /// How long producers, operators and accidents go on, in simulated seconds.
    package var seconds: Int
    package var senderCount: Int
    package var requestsPerSender: Int
    package var eventsPerRequest: Int
    /// How often an operator does something.
    package var changeCount: Int
    /// How often chance strikes.
    package var accidentCount: Int
    package var partitionCount: Int
    /// Delivery workers beside the door; 0: one process does everything.
    package var workerCount: Int
    /// Whether every worker believes that it owns every partition, as after a pause in a cluster: the lists of deliveries
    /// and the topics are streams then, and only compare-and-swap fences.
    package var hasRivals: Bool
    package var trailCount: Int
    package var digestSeconds: Int
    package var cutMilliseconds: Int
    /// How long events are remembered to recognise them when they come again; trimming waits for it.
    package var windowSeconds: Int
    /// Whether what held lanes do not need is taken out of old segments of the log after a few seconds.
    package var thinsEarly = false
    /// A call at which something ends; nil: only chance decides.
    package var crash: CrashPoint?

    package init(seed: UInt64) {
        self.seed = seed
        let dice = SeededRandom(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ 0x7061_6E6C)
        // One run in sixteen is undisturbed.
        let share = dice.below(16) == 0 ? 0 : 1 + dice.below(7)
        faults = Set(Fault.allCases.filter { !$0.isDerived && dice.below(8) < share })
        // And one in sixteen has nothing but what must concern nobody else: a bucket that denies, for one.
        if dice.below(16) == 0 {
            faults = Set(Fault.allCases.filter { Fault.local.contains($0) && dice.below(3) == 0 }).union([.storeDenies])
        }
        // A key is shredded by the clock's minute: what clocks do to that is another story.
        if faults.contains(.keyShredded), !faults.isDisjoint(with: [.clockLeaps, .clockStepped]) {
            faults.remove(.keyShredded)
        }
        seconds = 8 + dice.below(20)
        senderCount = 1 + dice.below(3)
        requestsPerSender = 2 + dice.below(8)
        eventsPerRequest = 1 + dice.below(5)
        changeCount = dice.below(6)
        accidentCount = dice.below(10)
        partitionCount = 1 + dice.below(2)
        workerCount = [0, 0, 1, 2, 2][dice.below(5)]
        hasRivals = workerCount == 2 && dice.below(3) > 0
        var isBusy = false
        // Where rivals have much to do, one of them is in the midst of a cut when the other begins the next.
        if hasRivals, dice.below(3) == 0 {
            (senderCount, requestsPerSender, eventsPerRequest) = (3, 20, 1)
            isBusy = true
        }
        trailCount = 1 + dice.below(3)
        digestSeconds = [5, 10, 20][dice.below(3)]
        cutMilliseconds = isBusy ? 500 : [500, 1_000, 3_000][dice.below(3)]
        // A wall clock that is set makes a short window any length.
        let isSteady = faults.isDisjoint(with: [.clockLeaps, .clockStepped])
        windowSeconds = dice.below(3) == 0 && isSteady ? 15 : 86_400
        if isSteady, dice.below(4) == 0 {
            (windowSeconds, thinsEarly, trailCount) = (4, true, 3)
            faults.insert(.storeDenies)
            accidentCount = max(3, accidentCount)
        }
    }

    package var description: String {
        "seed \(seed): \(seconds) s, \(senderCount) senders × \(requestsPerSender) requests × \(eventsPerRequest) events, "
            + "\(changeCount) changes, \(accidentCount) accidents, \(partitionCount) partitions, \(workerCount) \(hasRivals ? "rival " : "")workers, "
            + "\(trailCount) trails, digests every \(digestSeconds) s, cuts every \(cutMilliseconds) ms"
            + (windowSeconds < 86_400 ? ", a window of \(windowSeconds) s" : "") + (thinsEarly ? ", thinned early" : "")
            + "; faults: "
            + (faults.isEmpty ? "none" : faults.map(\.rawValue).sorted().joined(separator: ", "))
            + (crash.map { "; \($0)" } ?? "")
    }

    /// A run so small that every one of its calls can be tried as the last.
    package static func small(seed: UInt64) -> Plan {
        var plan = Plan(seed: seed)
        plan.faults = []
        (plan.seconds, plan.senderCount, plan.requestsPerSender) = (2, 1, 2)
        (plan.eventsPerRequest, plan.changeCount, plan.accidentCount) = (2, 0, 0)
        (plan.partitionCount, plan.workerCount, plan.trailCount) = (1, Int(seed % 2), 1 + Int(seed / 2 % 2))
        (plan.digestSeconds, plan.cutMilliseconds, plan.hasRivals) = (5, 500, false)
        (plan.windowSeconds, plan.thinsEarly) = (86_400, false)
        return plan
    }
}
