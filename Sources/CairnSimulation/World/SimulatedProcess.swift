import CairnTestKit
import Synchronization

/// One process on the machine. All that it does in the world passes here: calls take time, wait while it is stopped, and
/// fail for ever once it is dead, so that nothing of it is seen any more while its tasks unwind.
final class SimulatedProcess: Sendable {
    private struct State {
        var isDead = false
        var isPaused = false
        /// Whether it was asked to end while it was stopped: it hears of it when it goes on.
        var isToEnd = false
        /// How many more calls it lives.
        var fuse: Int?
        var task: Task<Void, Never>?
    }

    private enum Fate {
        case lives
        case diesBefore
        case diesAfter
    }

    let name: String
    let world: World
    let random: SeededRandom
    private let dice: SeededRandom
    private let state = Mutex(State())

    init(_ name: String, _ world: World) {
        (self.name, self.world) = (name, world)
        random = world.dice("random of \(name)")
        dice = world.dice("calls of \(name)")
    }

    var isDead: Bool { state.withLock { $0.isDead } }

    /// Its main task.
    func began(_ task: Task<Void, Never>) {
        let isDead = state.withLock { state in
            state.task = task
            return state.isDead
        }
        if isDead { task.cancel() }
    }

    /// Kill -9.
    func kill() {
        let task = state.withLock { state -> Task<Void, Never>? in
            guard !state.isDead else { return nil }
            state.isDead = true
            return state.task
        }
        world.note("\(name) is dead")
        task?.cancel()
    }

    /// Its main task is done: what goes on of it is not seen any more.
    func ended() { state.withLock { $0.isDead = true } }

    /// It ends in order.
    func stop() {
        state.withLock { state -> Task<Void, Never>? in
            state.isToEnd = true
            return state.isPaused ? nil : state.task
        }?.cancel()
    }

    /// Dies after so many more calls, before or after the call has its effect.
    func kill(afterCalls count: Int) { state.withLock { $0.fuse = count } }

    /// SIGSTOP and SIGCONT.
    func pause(_ isPaused: Bool) {
        state.withLock { state -> Task<Void, Never>? in
            state.isPaused = isPaused
            return !isPaused && state.isToEnd ? state.task : nil
        }?.cancel()
    }

    /// One call of the process on the world outside.
    ///
    /// - Parameter dead: what the call fails with when the process is dead.
    func pass<Result: Sendable, Failure: Error>(
        _ operation: String, _ subject: String, dead: () -> Failure,
        _ body: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let point = world.countCall()
        let fate = burn(point)
        await world.pause(world.callTime())
        while state.withLock({ $0.isPaused && !$0.isDead }) { await world.pause(.milliseconds(50)) }
        if fate == .diesBefore { end(point) }
        guard !isDead else { throw dead() }
        let result: Result
        do throws(Failure) { result = try await body() } catch {
            world.trace.call(name, operation, subject, "\(error)", at: world.time.uptime)
            throw error
        }
        world.trace.call(name, operation, subject, "", at: world.time.uptime)
        if fate == .diesAfter { end(point) }
        if dice.below(4) == 0 { await world.pause(.microseconds(1 + dice.below(200))) }
        guard !isDead else { throw dead() }
        return result
    }

    private func end(_ point: CrashPoint?) {
        if let point, point.isPower { world.losePower(point) } else { kill() }
    }

    private func burn(_ point: CrashPoint?) -> Fate {
        if let point {
            if !point.isPower { world.count(.processKilledInCall) }
            return point.takesEffect ? .diesAfter : .diesBefore
        }
        let isLast = state.withLock { state in
            guard let fuse = state.fuse else { return false }
            state.fuse = fuse > 1 ? fuse - 1 : nil
            return fuse <= 1
        }
        guard isLast else { return .lives }
        world.count(.processKilledInCall)
        return dice.below(2) == 0 ? .diesBefore : .diesAfter
    }
}
