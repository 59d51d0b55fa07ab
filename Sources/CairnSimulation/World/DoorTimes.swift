import CairnSystem
import Synchronization

/// When there was a door, as uptime.
final class DoorTimes: Sendable {
    private let spells = Mutex<[(from: Duration, until: Duration?)]>([])

    func opens(at now: Duration) { spells.withLock { $0.append((now, nil)) } }

    func closes(at now: Duration) {
        spells.withLock { spells in
            if let last = spells.indices.last, spells[last].until == nil { spells[last].until = now }
        }
    }

    /// For how long there was one between two moments, and how often one opened.
    func between(_ start: Duration, _ end: Duration) -> (open: Duration, openings: Int) {
        spells.withLock { spells in
            var open = Duration.zero
            for spell in spells { open += max(.zero, min(end, spell.until ?? end) - max(start, spell.from)) }
            return (open, spells.count { start <= $0.from && $0.from <= end })
        }
    }
}
