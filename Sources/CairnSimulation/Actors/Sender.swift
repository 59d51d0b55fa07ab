import CairnFormat
import CairnHTTP
import CairnTestKit

/// A producer of events: sends, sends again when no answer comes, and sometimes vanishes.
struct Sender: Sendable {
    let machine: Machine
    let ledger: Ledger
    let name: String
    private let dice: SeededRandom
    private var world: World { machine.world }

    init(_ number: Int, _ machine: Machine, _ ledger: Ledger) {
        (self.machine, self.ledger) = (machine, ledger)
        name = "sender-\(number)"
        dice = machine.world.dice(name)
    }

    func run() async {
        let plan = world.plan
        for _ in 0..<plan.requestsPerSender {
            await world.pause(.milliseconds(dice.below(2_000 * plan.seconds / plan.requestsPerSender)))
            let events = (0..<1 + dice.below(plan.eventsPerRequest)).map { _ in makeEvent() }
            let hasBad = plan.faults.contains(.badEvent) && dice.below(4) == 0
            if plan.faults.contains(.sentTwice), dice.below(4) == 0 {
                world.count(.sentTwice)
                let twins = Twins()
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<2 { group.addTask { await send(events, hasBad: hasBad, twins) } }
                }
            } else {
                await send(events, hasBad: hasBad)
            }
        }
    }

    private func makeEvent(of region: Region? = nil) -> SentEvent {
        let kind = SentEvent.Kind.allCases[dice.below(3)]
        return SentEvent(
            id: UniqueID(random: dice.bytes(16)).text, account: Story.account,
            region: region ?? Story.regions[dice.below(2)],
            kind: kind, padding: dice.below(8) == 0 ? dice.below(3_000) : dice.below(200), leavesOut: dice.below(3) == 0
        )
    }

    /// Sends an event of each Region, which the door must take: nothing fails any more.
    func probe() async {
        for region in Story.regions {
            let event = makeEvent(of: region)
            await send([event], hasBad: false, isPatient: true)
            if ledger.event(event.id)?.acknowledgedAt == nil {
                world.violated("liveness: the door takes no event of \(region) any more")
            }
        }
    }

    /// Sends a request until it is answered with yes, or gives up.
    ///
    /// - Parameter twins: of two that were sent at once, a yes to the one is enough.
    private func send(
        _ events: [SentEvent], hasBad: Bool, isPatient: Bool = false, _ twins: Twins? = nil
    ) async {
        var lines = events.map(\.text)
        if hasBad { lines.insert(#"{"eventTime":"yesterday"}"#, at: dice.below(lines.count + 1)) }
        let body = Array(lines.joined(separator: "\n").utf8)
        for attempt in 0..<1_000 {
            if attempt > 0 {
                if !isPatient, world.plan.faults.contains(.senderVanishes), dice.below(6) == 0 {
                    world.count(.senderVanishes)
                    return
                }
                await world.pause(.milliseconds(50 + dice.below(1_500)))
                if twins?.isAcknowledged == true { return }
            }
            guard let open = machine.door, let token = machine.token else {
                // Whoever had sent it already goes on asking; whoever had not may as well begin later.
                await world.pause(.milliseconds(200))
                continue
            }
            let spoilt: [(Fault, oneIn: Int)] = [(.requestBreaksOff, 12), (.tokenUnknown, 12), (.requestSlow, 80)]
            for (fault, oneIn) in spoilt where world.plan.faults.contains(fault) && dice.below(oneIn) == 0 {
                // Events of their own, which nobody knows of: should one be found anywhere, nobody has sent it.
                let others = events.map { _ in makeEvent() }
                await fail(Array(others.map(\.text).joined(separator: "\n").utf8), fault, open, token)
            }
            ledger.sends(events, at: world.time.uptime)
            if attempt > 0 { world.count(.sentAgain) }
            let answer = await post(HTTPCall(token: token, body: body, dice: dice, time: world.time), open)
            guard let answer else { continue }
            guard let receipt = Receipt(answer.body) else {
                refused(answer, allowed: [429, 503])
                continue
            }
            // The answer of a process that is dead by now is on its way, or lost.
            if open.process.isDead, dice.below(2) == 0 { continue }
            if world.plan.faults.contains(.clockLeaps), receipt.refused.contains(where: { $0.code == "TimeOutOfRange" })
            {
                // Started with a clock that is wrong by days, the door takes the events for ones of the future.
                continue
            }
            check(receipt, answer, events, hasBad: hasBad)
            ledger.isAcknowledged(events, at: world.time.uptime)
            twins?.isAcknowledged = true
            world.note("\(name): \(events.count) acknowledged, \(receipt.duplicates) of them had come before")
            // The network loses the answer: it is true all the same.
            if world.plan.faults.contains(.sentAgain), dice.below(8) == 0 { continue }
            return
        }
    }

    /// Sends a request that must be refused as a whole: nothing of it may be found anywhere.
    private func fail(_ body: [UInt8], _ fault: Fault, _ open: Machine.OpenDoor, _ token: String) async {
        world.count(fault)
        let call = HTTPCall(
            token: fault == .tokenUnknown ? String(token.reversed()) : token, body: body, dice: dice, time: world.time,
            delay: fault == .requestSlow ? .seconds(61) : .zero, isBroken: fault == .requestBreaksOff)
        guard let answer = await post(call, open) else { return }
        let wanted =
            switch fault {
            case .tokenUnknown: 401
            case .requestSlow: 408
            default: 400
            }
        refused(answer, allowed: [wanted, 503])
    }

    private func post(_ call: HTTPCall, _ open: Machine.OpenDoor) async -> SocketlessDoor.Answer? {
        do { return try await call.send(to: open.door) } catch {
            world.violated("a request is not answered: \(error)")
            return nil
        }
    }

    private func refused(_ answer: SocketlessDoor.Answer, allowed: [Int]) {
        let text = String(decoding: answer.body, as: UTF8.self)
        world.note("\(name): no: \(answer.status) \(text)")
        if !allowed.contains(answer.status) {
            world.violated("the door answers \(answer.status) where only \(allowed) may be: \(text)")
        }
    }

    private func check(_ receipt: Receipt, _ answer: SocketlessDoor.Answer, _ events: [SentEvent], hasBad: Bool) {
        let (bad, good) = (hasBad ? 1 : 0, events.count)
        if hasBad { world.count(.badEvent) }
        if answer.status != 200 || receipt.accepted != good || receipt.refusedCount != bad || receipt.conflicts != 0 {
            world.violated(
                "of \(good) good and \(bad) bad events the door accepted \(receipt.accepted), refused \(receipt.refusedCount), "
                    + "and called \(receipt.conflicts) conflicting: \(answer.status) "
                    + String(decoding: answer.body, as: UTF8.self))
        }
    }
}
