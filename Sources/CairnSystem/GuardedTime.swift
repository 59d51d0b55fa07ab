import Synchronization

/// A wall clock that is not believed when it leaps.
///
/// Times that are written down cannot be taken back: names of files, ends of digests, windows of keys. So the wall clock is held
/// against the time that passed. Departs it more than a minute from that, ``now`` goes on from where it was, by the time that
/// passes, until the clock returns or somebody says that it is right now.
package final class GuardedTime: TimeSource {
    /// A clock that is not believed.
    package struct Leap: Sendable, Equatable {
        /// What the clock says.
        package let wall: Timestamp
        /// What it would say had it not leapt.
        package let expected: Timestamp
        /// Whether it was so from the beginning: the clock is held against what was written down, not against time that passed.
        package let isFromStart: Bool

        package init(wall: Timestamp, expected: Timestamp, isFromStart: Bool) {
            (self.wall, self.expected, self.isFromStart) = (wall, expected, isFromStart)
        }
    }

    private struct State {
        /// Wall clock less uptime, when it was believed last.
        var offset: Duration
        var leap: Leap?
        /// Whether ``offset`` comes from ``doubt(since:)``.
        var isFromStart = false
    }

    /// What a clock may depart between two looks: more than any correction that a time service makes while it runs.
    private static let tolerance = Duration.seconds(60)
    /// How far a clock that nothing keeps may be ahead of what was written down last.
    private static let absence = Duration.seconds(86_400)

    private let source: any TimeSource
    private let state: Mutex<State>

    package init(_ source: any TimeSource) {
        self.source = source
        state = Mutex(State(offset: Self.offset(source.now, source.uptime)))
    }

    private static func offset(_ wall: Timestamp, _ uptime: Duration) -> Duration {
        .milliseconds(wall.milliseconds) - uptime
    }

    private static func wall(_ uptime: Duration, _ offset: Duration) -> Timestamp {
        Timestamp(milliseconds: 0) + (uptime + offset)
    }

    package var now: Timestamp { look().now }
    /// The leap, while the clock is not believed.
    package var leap: Leap? { look().leap }
    package var uptime: Duration { source.uptime }

    package func sleep(for duration: Duration) async throws(CancellationError) { try await source.sleep(for: duration) }

    /// Holds a clock that no time service keeps against the newest time that was written down before the start: when it is more
    /// than a day ahead, it is not believed until it returns or somebody says that it is right.
    package func doubt(since newest: Timestamp) {
        let (wall, uptime) = (source.now, source.uptime)
        guard wall - newest > Self.absence else { return }
        state.withLock { $0 = State(offset: Self.offset(newest, uptime), leap: nil, isFromStart: true) }
    }

    /// Believes the clock from now on, whatever it says.
    package func accept() {
        let (wall, uptime) = (source.now, source.uptime)
        state.withLock { $0 = State(offset: Self.offset(wall, uptime), leap: nil) }
    }

    private func look() -> (now: Timestamp, leap: Leap?) {
        let (wall, uptime) = (source.now, source.uptime)
        return state.withLock { state in
            let measured = Self.offset(wall, uptime)
            let departed = measured - state.offset
            guard departed > Self.tolerance || departed < .zero - Self.tolerance else {
                state = State(offset: measured, leap: nil)
                return (wall, nil)
            }
            let expected = Self.wall(uptime, state.offset)
            state.leap = Leap(wall: wall, expected: expected, isFromStart: state.isFromStart)
            return (expected, state.leap)
        }
    }
}
