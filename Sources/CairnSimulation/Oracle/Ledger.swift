import Synchronization

/// What was sent and acknowledged, and which trails there were when: the oracle's own memory, which nothing of cairn's
/// writes.
final class Ledger: Sendable {
    /// The trails as they stand from a change on.
    private struct Era {
        var trails: [String: TrailModel]
        /// When the change was begun; from then on it may be in force.
        var begunAt: Duration
        /// When it was known to be in force.
        var inForceAt: Duration?
    }

    /// How often an event may stand in the files of a trail.
    enum Due: Sendable {
        case once
        case atMostOnce
        case never
    }

    private struct State {
        var events: [String: SentEvent] = [:]
        var eras: [Era] = []
    }

    private let state = Mutex(State())

    // MARK: Trails

    var trails: [String: TrailModel] { state.withLock { $0.eras.last?.trails ?? [:] } }

    /// An operator begins to change the trails.
    func begin(_ trails: [String: TrailModel], at now: Duration) {
        state.withLock { $0.eras.append(Era(trails: trails, begunAt: now)) }
    }

    /// The last change is in force.
    func end(at now: Duration) {
        state.withLock { state in state.eras[state.eras.count - 1].inForceAt = now }
    }

    // MARK: Events

    func sends(_ events: [SentEvent], at now: Duration) {
        state.withLock { state in
            for event in events {
                var event = event
                event.sentAt = now
                if state.events[event.id] == nil { state.events[event.id] = event }
                state.events[event.id]?.lastSentAt = now
            }
        }
    }

    func isAcknowledged(_ events: [SentEvent], at now: Duration) {
        state.withLock { state in
            for event in events where state.events[event.id]?.acknowledgedAt == nil {
                state.events[event.id]?.acknowledgedAt = now
            }
        }
    }

    var acknowledgedCount: Int { state.withLock { $0.events.values.count { $0.acknowledgedAt != nil } } }

    func event(_ id: String) -> SentEvent? { state.withLock { $0.events[id] } }

    /// All events, by id.
    var events: [SentEvent] { state.withLock { $0.events.values.sorted { $0.id < $1.id } } }

    /// What is due of an event in a trail: by the trails that may have been in force while it came in.
    func due(_ event: SentEvent, _ trail: String) -> Due {
        state.withLock { state in
            guard let sentAt = event.sentAt else { return .never }
            var answers: Set<Bool> = []
            for (number, era) in state.eras.enumerated() {
                let next = number + 1 < state.eras.count ? state.eras[number + 1].inForceAt : nil
                let isOver = next.map { $0 < sentAt } ?? false
                let isLater = event.acknowledgedAt.map { era.begunAt > $0 } ?? false
                if !isOver && !isLater { answers.insert(era.trails[trail]?.matches(event) ?? false) }
            }
            if !answers.contains(true) { return .never }
            return answers.count == 1 && event.acknowledgedAt != nil ? .once : .atMostOnce
        }
    }
}
