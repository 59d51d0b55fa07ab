package import CairnCatalog
package import CairnFormat
package import CairnSystem
import CairnTrails
import Synchronization

/// Which accounts and Regions there are, as the catalog says. Learns of changes at once when told of them, else within a second.
package final class RoutingCache: Sendable {
    /// The closed lists that the door checks events against.
    package struct Known: Sendable {
        package var accounts: Set<AccountID> = []
        package var regions: Set<Region> = []
    }

    private struct State {
        var known = Known()
        var readAt: Duration?
        /// Grows with every ``RoutingCache/forget()``: what was being read then is not kept.
        var generation = 0
    }

    private static let freshness = Duration.seconds(1)

    private let catalog: Catalog
    private let time: any TimeSource
    private let state = Mutex(State())

    package init(catalog: Catalog, time: any TimeSource) {
        self.catalog = catalog
        self.time = time
    }

    package func known() async throws(CatalogError) -> Known {
        let now = time.uptime
        if let known = state.withLock({ $0.readAt.map { now - $0 < Self.freshness } == true ? $0.known : nil }) {
            return known
        }
        let generation = state.withLock { $0.generation }
        let snapshot = try await catalog.routing()
        let known = Known(accounts: Set(snapshot?.accounts ?? []), regions: Set(snapshot?.regions ?? []))
        state.withLock { state in
            if state.generation == generation { (state.known, state.readAt) = (known, now) }
        }
        return known
    }

    /// The next request reads the catalog: routing has changed.
    package func forget() {
        state.withLock { state in
            state.readAt = nil
            state.generation += 1
        }
    }
}
