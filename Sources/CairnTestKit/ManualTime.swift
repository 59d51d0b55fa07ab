package import CairnSystem
import Synchronization

/// Clocks that stand still until a test moves them.
package final class ManualTime: TimeSource {
    private struct Sleeper {
        var number: Int
        var until: Duration
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        /// What the wall clock said when it was set, and when that was.
        var set: (wall: Timestamp, uptime: Duration)
        var uptime = Duration.zero
        var count = 0
        /// Those who are to be woken last stand first.
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []

        mutating func add(_ sleeper: Sleeper) {
            var (low, high) = (0, sleepers.count)
            while low < high {
                let middle = (low + high) / 2
                if (sleepers[middle].until, sleepers[middle].number) > (sleeper.until, sleeper.number) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            sleepers.insert(sleeper, at: low)
        }
    }

    private let state: Mutex<State>

    package init(now: Timestamp) { state = Mutex(State(set: (now, .zero))) }

    package var now: Timestamp { state.withLock { $0.set.wall + ($0.uptime - $0.set.uptime) } }
    package var uptime: Duration { state.withLock { $0.uptime } }

    /// Moves both clocks on and wakes who is due.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.uptime += duration
            var due: [Sleeper] = []
            while let next = state.sleepers.last, next.until <= state.uptime { due.append(state.sleepers.removeLast()) }
            return due
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Goes on to the moment for which the next sleeper waits. False: nobody sleeps.
    package func advanceToNextSleeper() -> Bool {
        let wait = state.withLock { state -> Duration? in
            state.sleepers.last.map { max(.zero, $0.until - state.uptime) }
        }
        guard let wait else { return false }
        advance(by: wait)
        return true
    }

    /// Sets the wall clock, as an operator or NTP may; no sleeper notices.
    package func jump(to now: Timestamp) { state.withLock { $0.set = (now, $0.uptime) } }

    /// How many are asleep: a test that waits for them yields until they are.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    package func sleep(for duration: Duration) async throws(CancellationError) {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        let wasWoken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let wasWoken = state.withLock { state -> Bool? in
                    if state.cancelled.remove(number) != nil { return false }
                    if duration <= .zero { return true }
                    state.add(Sleeper(number: number, until: state.uptime + duration, continuation: continuation))
                    return nil
                }
                if let wasWoken { continuation.resume(returning: wasWoken) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(returning: false)
        }
        if !wasWoken { throw CancellationError() }
    }
}
