package import CairnCatalog
package import CairnFormat
package import CairnSystem
import CairnTrails
import Synchronization

/// Which accounts and Regions there are, as the catalog says. Learns of changes within a second.
package final class RoutingCache: Sendable {
    /// The closed lists that the door checks events against.
    package struct Known: Sendable {
        package var accounts: Set<AccountID> = []
        package var regions: Set<Region> = []
    }

    private struct State {
        var known = Known()
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

    package func known() async throws(CatalogError) -> Known {
        let now = time.uptime
        if let known = state.withLock({ $0.readAt.map { now - $0 < Self.freshness } == true ? $0.known : nil }) {
            return known
        }
        let snapshot = try await catalog.routing()
        let known = Known(accounts: Set(snapshot?.accounts ?? []), regions: Set(snapshot?.regions ?? []))
        state.withLock { $0 = State(known: known, readAt: now) }
        return known
    }
}
