import Glibc
import Synchronization

/// A few threads for calls that block, so that a slow disk never holds up the tasks of others.
package final class BlockingThreads: Sendable {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    /// A pipe: one byte for each job, so that exactly one thread wakes for it.
    private let wakeups: (reading: Int32, writing: Int32)

    /// The threads live as long as the process.
    package init(count: Int) {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no pipe for blocking calls: errno \(errno)")
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wakeups = (ends[0], ends[1])
        for _ in 0..<count { start() }
    }

    /// Runs `body` on one of the threads.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            jobs.withLock { $0.append { continuation.resume(returning: body()) } }
            var one: UInt8 = 1
            while Glibc.write(wakeups.writing, &one, 1) < 0 && errno == EINTR {}
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
        var one: UInt8 = 0
        while true {
            guard Glibc.read(wakeups.reading, &one, 1) == 1 else { continue }
            let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            job?()
        }
    }
}
