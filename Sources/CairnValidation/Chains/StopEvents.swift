import CairnFormat
import Synchronization

/// Events of verified log files by which trails stopped: what makes an end or a new beginning of a chain plausible where
/// digests do not say it themselves.
final class StopEvents: Sendable {
    private static let countMax = 100_000

    private let events = Mutex<[String: [StopEvent]]>([:])

    func add(_ found: [StopEvent], account: String) {
        events.withLock { events in
            if events[account, default: []].count < Self.countMax { events[account, default: []] += found }
        }
    }

    /// Whether the trail of a lane was stopped within a time.
    ///
    /// - Parameter owners: the accounts that may own the trail. Events of others stop trails of the same name, not this one.
    func hasStop(_ lane: LaneName, owners: Set<String>, from: EventTime, until: EventTime) -> Bool {
        events.withLock { events in
            owners.contains { owner in
                (events[owner] ?? []).contains { $0.trail == lane.trail && $0.at >= from && $0.at <= until }
            }
        }
    }
}
