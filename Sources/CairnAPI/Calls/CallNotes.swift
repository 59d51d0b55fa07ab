import Synchronization

/// What becomes known of a call while it is done.
package final class CallNotes: Sendable {
    private struct State {
        var revision: UInt64?
        var channel: Channel?
    }

    private let state = Mutex(State())

    package init() {}

    /// The revision of the routing that holds what the call changed; nil: it changed none.
    var revision: UInt64? {
        get { state.withLock { $0.revision } }
        set { state.withLock { $0.revision = newValue } }
    }

    /// The channel that events are sent to.
    var channel: Channel? {
        get { state.withLock { $0.channel } }
        set { state.withLock { $0.channel = newValue } }
    }
}
