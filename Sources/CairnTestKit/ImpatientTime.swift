package import CairnSystem

/// A clock as a process sees it that never has to wait.
package struct ImpatientTime: TimeSource {
    private let clock: ManualTime

    package init(_ clock: ManualTime = ManualTime(now: Timestamp(milliseconds: 1_772_359_964_000))) {
        self.clock = clock
    }

    package var now: Timestamp { clock.now }
    package var uptime: Duration { clock.uptime }
    package func sleep(for duration: Duration) async throws(CancellationError) {}
}
