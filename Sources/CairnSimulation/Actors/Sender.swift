import CairnCatalog
import CairnFormat
import CairnHTTP
import CairnNative
import CairnTestKit

/// A producer of events: sends, sends again when no answer comes, and sometimes vanishes.
struct Sender: Sendable {
    let machine: Machine
    let ledger: Ledger
    let name: String
    private let dice: SeededRandom
    private let principal: Principal
    private var world: World { machine.world }

    init(_ number: Int, _ machine: Machine, _ ledger: Ledger) {
        (self.machine, self.ledger) = (machine, ledger)
        name = "sender-\(number)"
        dice = machine.world.dice(name)
        principal = Principal(id: name, name: name, accounts: nil, tokenHash: SHA256.hash(Array(name.utf8)))
    }

    func run() async {
        let plan = world.plan
        for _ in 0..<plan.requestsPerSender {
            await world.pause(.milliseconds(dice.below(2_000 * plan.seconds / plan.requestsPerSender)))
            let events = (0..<1 + dice.below(plan.eventsPerRequest)).map { _ in makeEvent() }
            let hasBad = plan.faults.contains(.badEvent) && dice.below(4) == 0
            if plan.faults.contains(.sentTwice), dice.below(4) == 0 {
                world.count(.sentTwice)
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<2 { group.addTask { await send(events, hasBad: hasBad) } }
                }
            } else {
                await send(events, hasBad: hasBad)
            }
        }
    }

    private func makeEvent() -> SentEvent {
        let kind = SentEvent.Kind.allCases[dice.below(3)]
        return SentEvent(
            id: UniqueID(random: dice.bytes(16)).text, account: Story.account, region: Story.regions[dice.below(2)],
            kind: kind, padding: dice.below(8) == 0 ? dice.below(3_000) : dice.below(200), leavesOut: dice.below(3) == 0
        )
    }

    /// Sends a request until it is answered with yes, or gives up.
    private func send(_ events: [SentEvent], hasBad: Bool) async {
        var lines = events.map(\.text)
        if hasBad { lines.insert(#"{"eventTime":"yesterday"}"#, at: dice.below(lines.count + 1)) }
        let body = Array(lines.joined(separator: "\n").utf8)
        for attempt in 0..<1_000 {
            if attempt > 0 {
                if world.plan.faults.contains(.senderVanishes), dice.below(6) == 0 {
                    world.count(.senderVanishes)
                    return
                }
                await world.pause(.milliseconds(50 + dice.below(1_500)))
            }
            guard let open = machine.door else {
                // Whoever had sent it already goes on asking; whoever had not may as well begin later.
                await world.pause(.milliseconds(200))
                continue
            }
            ledger.sends(events, at: world.time.uptime)
            if attempt > 0 { world.count(.sentAgain) }
            let answer: DoorAnswer
            do throws(DoorError) {
                answer = try await open.door.take(body, Door.Request(principal: principal, peer: "192.0.2.1"))
            } catch {
                world.note("\(name): no: \(error)")
                continue
            }
            // The answer of a process that is dead by now is on its way, or lost.
            if open.process.isDead, dice.below(2) == 0 { continue }
            if world.plan.faults.contains(.clockLeaps),
                answer.refused.contains(where: { $0.refusal.code == .timeOutOfRange })
            {
                // Started with a clock that is wrong by days, the door takes the events for ones of the future.
                continue
            }
            check(answer, events, hasBad: hasBad)
            ledger.isAcknowledged(events, at: world.time.uptime)
            world.note("\(name): \(events.count) acknowledged, \(answer.duplicates) of them had come before")
            // The network loses the answer: it is true all the same.
            if world.plan.faults.contains(.sentAgain), dice.below(8) == 0 { continue }
            return
        }
    }

    private func check(_ answer: DoorAnswer, _ events: [SentEvent], hasBad: Bool) {
        let (bad, good) = (hasBad ? 1 : 0, events.count)
        if hasBad { world.count(.badEvent) }
        if answer.accepted != good || answer.refusedCount != bad || answer.conflicts != 0 {
            world.violated(
                "of \(good) good and \(bad) bad events the door accepted \(answer.accepted), refused \(answer.refusedCount), "
                    + "and called \(answer.conflicts) conflicting: \(answer.json)")
        }
    }
}
