import CairnSystem
import Glibc
import Synchronization

/// Runs tasks one step at a time on the thread that calls it, in an order that a seed decides: everything that could
/// happen at the same moment happens in some order, and the same seed gives the same one.
///
/// Tasks come here by their preference (`Task(executorPreference:)`), and with it their children and the actors that they
/// use. A job that comes from another thread would make the order one of chance, so it ends the program.
package final class Stepper: TaskExecutor {
    /// How a run ended.
    package enum End: Sendable {
        case done
        /// Nothing is ready and nobody sleeps: a dead-lock, or a task that went elsewhere.
        case stuck
        case tooManySteps
    }

    private let ready = Mutex<[UnownedJob]>([])
    private let dice: SeededRandom
    private let thread = pthread_self()
    private let steps = Mutex(0)

    package init(dice: SeededRandom) { self.dice = dice }

    package var stepCount: Int { steps.withLock { $0 } }

    package func enqueue(_ job: consuming ExecutorJob) {
        precondition(pthread_equal(pthread_self(), thread) != 0, "a job came from another thread")
        let job = UnownedJob(job)
        ready.withLock { $0.append(job) }
    }

    /// Works until `isDone`; when nothing is ready, time goes on to where the next sleeper waits.
    package func run(_ time: ManualTime, stepCountMax: Int, until isDone: () -> Bool) -> End {
        let executor = asUnownedTaskExecutor()
        while !isDone() {
            if let job = pick() {
                job.runSynchronously(on: executor)
                let count = steps.withLock { steps in
                    steps += 1
                    return steps
                }
                if count > stepCountMax { return .tooManySteps }
            } else if !time.advanceToNextSleeper() {
                return .stuck
            }
        }
        return .done
    }

    /// What `body` gives when all that it waits for happens on this thread, at once.
    ///
    /// - Returns: nil when it waits for what never happens.
    package static func complete<Result: Sendable>(
        _ body: @escaping @Sendable (ManualTime) async -> Result
    ) -> Result? {
        let stepper = Stepper(dice: SeededRandom(seed: 1))
        let time = ManualTime(now: Timestamp(milliseconds: 1_772_359_964_000))
        let result = Mutex<Result?>(nil)
        Task.detached(executorPreference: stepper) {
            let found = await body(time)
            result.withLock { $0 = found }
        }
        _ = stepper.run(time, stepCountMax: 1_000_000) { result.withLock { $0 != nil } }
        return result.withLock { $0 }
    }

    private func pick() -> UnownedJob? {
        ready.withLock { ready in
            guard !ready.isEmpty else { return nil }
            let index = ready.count == 1 ? 0 : dice.below(ready.count)
            ready.swapAt(index, ready.count - 1)
            return ready.removeLast()
        }
    }
}
