package import CairnCatalog
import CairnNative
package import CairnSystem
import Synchronization

/// Tells principals by their bearer tokens. Learns of changes in the catalog within a second.
package final class Authenticator: Sendable {
    private struct State {
        var principals: [SHA256Hash: Principal] = [:]
        var readAt: Duration?
    }

    private static let freshness = Duration.seconds(1)

    private let catalog: Catalog
    private let time: any TimeSource
    private let state = Mutex(State())

    package init(catalog: Catalog, time: any TimeSource) {
        self.catalog = catalog
        self.time = time
    }

    /// The principal of a token; nil when there is none, or it is disabled.
    ///
    /// Tokens are 32 random bytes and are looked up by their SHA-256: the time a look-up takes says nothing of a token.
    package func principal(token: String) async throws(CatalogError) -> Principal? {
        let now = time.uptime
        if state.withLock({ $0.readAt.map { now - $0 >= Self.freshness } ?? true }) {
            let all = try await catalog.principals()
            state.withLock { state in
                state.principals = Dictionary(all.map { ($0.tokenHash, $0) }, uniquingKeysWith: { first, _ in first })
                state.readAt = now
            }
        }
        let hash = SHA256.hash(Array(token.utf8))
        return state.withLock { $0.principals[hash] }.flatMap { $0.isDisabled ? nil : $0 }
    }
}
