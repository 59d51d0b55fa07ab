import Hummingbird
import Logging

/// The context of a request that no socket brought.
struct SocketlessContext: DoorContext, RequestContextSource {
    typealias Source = SocketlessContext

    /// A request says nothing to any log.
    private struct Silence: RequestContextSource {
        let logger = Logger(label: "request") { _ in SwiftLogNoOpLogHandler() }
    }

    var coreContext: CoreRequestContextStorage
    var peer: String { "192.0.2.1" }

    init() { coreContext = CoreRequestContextStorage(source: Silence()) }

    init(source: SocketlessContext) { self = source }
}
