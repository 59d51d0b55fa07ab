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
        var now: Timestamp
        var uptime = Duration.zero
        var count = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    package init(now: Timestamp) { state = Mutex(State(now: now)) }

    package var now: Timestamp { state.withLock { $0.now } }
    package var uptime: Duration { state.withLock { $0.uptime } }

    /// Moves both clocks on and wakes who is due.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now + duration
            state.uptime += duration
            let due = state.sleepers.filter { $0.until <= state.uptime }
                .sorted { ($0.until, $0.number) < ($1.until, $1.number) }
            state.sleepers.removeAll { $0.until <= state.uptime }
            return due
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Sets the wall clock, as an operator or NTP may; no sleeper notices.
    package func jump(to now: Timestamp) { state.withLock { $0.now = now } }

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
                    state.sleepers.append(
                        Sleeper(number: number, until: state.uptime + duration, continuation: continuation))
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
