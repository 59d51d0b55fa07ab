import CairnSystem
import Synchronization

/// A wall clock that a benchmark sets: days of digests are made in seconds.
final class MadeClock: TimeSource {
    private let system = SystemTime()
    private let wall: Mutex<Timestamp>

    init(_ now: Timestamp) { wall = Mutex(now) }

    var now: Timestamp { wall.withLock { $0 } }
    var uptime: Duration { system.uptime }

    func sleep(for duration: Duration) async throws(CancellationError) { try await system.sleep(for: duration) }

    func set(_ now: Timestamp) { wall.withLock { $0 = now } }
}
