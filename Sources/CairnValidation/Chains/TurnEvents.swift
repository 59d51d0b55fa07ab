import CairnFormat

/// Events of verified log files by which trails stopped and started: what makes an end or a new beginning of a chain plausible
/// in archives of AWS's, whose digests do not say it themselves.
struct TurnEvents {
    private static let countMax = 100_000

    private var events: [String: [TurnEvent]] = [:]

    mutating func add(_ found: [TurnEvent], account: String) {
        if events[account, default: []].count < Self.countMax { events[account, default: []] += found }
    }

    /// Whether the trail of a lane was stopped within a time, and not started again before another.
    ///
    /// - Parameter owners: the accounts that may own the trail. Events of others stop trails of the same name, not this one.
    func hasStop(
        _ lane: LaneName, owners: Set<String>, from: EventTime, until: EventTime, notStartedBefore limit: EventTime
    ) -> Bool {
        owners.contains { owner in
            let turns = (events[owner] ?? []).filter {
                $0.trail == lane.trail && $0.home == lane.home && ($0.owner ?? owner) == owner
            }
            return turns.contains { stop in
                stop.isStop && stop.at >= from && stop.at <= until
                    && !turns.contains { !$0.isStop && $0.at > stop.at && $0.at < limit }
            }
        }
    }
}
