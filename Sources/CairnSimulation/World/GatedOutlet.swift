import CairnTopics

/// What passes notices on to the subscriber, as one process has it: behind a network that fails as networks do.
struct GatedOutlet: Topic {
    let process: SimulatedProcess
    private var world: World { process.world }

    init(_ process: SimulatedProcess) { self.process = process }

    func publish(_ notices: [TopicNotice]) async throws(TopicError) {
        try await process.pass(
            "pass on", "\(notices.count) notices", dead: { TopicError.away("the process is dead") }
        ) { () async throws(TopicError) in
            if world.strikes(.destinationAway) { throw .away("503") }
            let isRefused = world.strikes(.destinationRefuses)
            let taken = isRefused ? notices.dropFirst() : notices[...]
            for notice in taken {
                world.subscriber.take(
                    notice, isOrdered: world.plan.faults.isDisjoint(with: [.clockStepped, .clockLeaps]))
            }
            if world.strikes(.destinationAnswerLost) { throw .away("the answer is lost") }
            if isRefused { throw .refused([notices[0].id], reason: "422") }
        }
    }
}
