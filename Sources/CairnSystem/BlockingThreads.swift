import Glibc
import Synchronization

/// A few threads for calls that block, so that a slow disk never holds up the tasks of others.
final class BlockingThreads: Sendable {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let wakeups: Int32

    /// The threads live as long as the process.
    init(count: Int) {
        wakeups = eventfd(0, Int32(EFD_SEMAPHORE.rawValue | EFD_CLOEXEC.rawValue))
        precondition(wakeups >= 0, "no eventfd: errno \(errno)")
        for _ in 0..<count { start() }
    }

    /// Runs `body` on one of the threads.
    func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            jobs.withLock { $0.append { continuation.resume(returning: body()) } }
            var one: UInt64 = 1
            while Glibc.write(wakeups, &one, 8) < 0 && errno == EINTR {}
        }
    }

    private func start() {
        var thread = pthread_t()
        let threads = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread,
            nil,
            { context in
                Unmanaged<BlockingThreads>.fromOpaque(context!).takeUnretainedValue().work()
                return nil
            },
            threads.toOpaque()
        )
        precondition(code == 0, "no thread for blocking calls: errno \(code)")
        pthread_detach(thread)
    }

    private func work() {
        var count: UInt64 = 0
        while true {
            guard Glibc.read(wakeups, &count, 8) == 8 else { continue }
            let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            job?()
        }
    }
}
