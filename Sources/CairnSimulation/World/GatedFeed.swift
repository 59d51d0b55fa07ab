import CairnTopics

/// What sends single events to the listener, as one process has it: behind a network that fails as networks do.
struct GatedFeed: FeedSink {
    let process: SimulatedProcess
    private var world: World { process.world }

    init(_ process: SimulatedProcess) { self.process = process }

    func send(_ events: ArraySlice<[UInt8]>, of series: FeedSeries, at now: Int64) async -> FeedProgress {
        var progress = FeedProgress()
        do throws(TopicError) {
            let doneCount = try await process.pass(
                "send", "\(events.count) events of \(series.stream)", dead: { TopicError.away("the process is dead") }
            ) { () async throws(TopicError) in
                if world.strikes(.destinationAway) { throw .away("503") }
                let count = world.strikes(.destinationRefuses) ? events.count / 2 : events.count
                for event in events.prefix(count) { world.listener.take(event) }
                if world.strikes(.destinationAnswerLost) { throw .away("the answer is lost") }
                return count
            }
            guard doneCount < events.count else { return progress }
            (progress.rest, progress.failure) = (Array(events.dropFirst(doneCount)), "a part was taken")
        } catch { (progress.rest, progress.failure) = (Array(events), error.description) }
        return progress
    }
}
