/// Where time comes from. Implementations: ``SystemTime`` and the simulated clock in the test kit.
package protocol TimeSource: Sendable {
    /// The wall clock. It may jump, in both directions.
    var now: Timestamp { get }
    /// Time since some fixed moment; never goes back and never jumps.
    var uptime: Duration { get }
    /// Waits. Ends early with `CancellationError`, and with nothing else, when the task is cancelled.
    func sleep(for duration: Duration) async throws(CancellationError)
}
