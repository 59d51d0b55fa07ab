import CairnFormat
import Synchronization

/// The lanes that are being cut alone right now: the loop that begins early cuts and the one that helps lanes apart leave
/// each other's alone. Correctness is the cursor's; this only saves work done twice.
final class LaneClaims: Sendable {
    private let claimed = Mutex<Set<Lane>>([])

    /// Takes a lane; false when somebody has it.
    func claim(_ lane: Lane) -> Bool { claimed.withLock { $0.insert(lane).inserted } }

    func release(_ lane: Lane) { claimed.withLock { _ = $0.remove(lane) } }
}
