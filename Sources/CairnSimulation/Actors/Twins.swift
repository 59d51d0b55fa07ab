import Synchronization

/// Two requests with the same events, sent at once by one who is content with one answer.
final class Twins: Sendable {
    private let state = Mutex(false)

    var isAcknowledged: Bool {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
