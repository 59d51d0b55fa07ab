import CairnCatalog
import CairnFormat
import CairnTrails
import Synchronization

/// Where trails deliver now, as the catalog says; read anew when it has changed.
final class TrailPlaces: Sendable {
    private struct Cache {
        var revision: UInt64?
        var places: [UniqueID: TrailPlace] = [:]
    }

    private let catalog: Catalog
    private let cache = Mutex(Cache())

    init(catalog: Catalog) { self.catalog = catalog }

    /// Nil when there is no such trail any more.
    func place(_ trail: UniqueID) async throws(CatalogError) -> TrailPlace? {
        let revision = try await catalog.routingDocumentRevision()
        if cache.withLock({ $0.revision != revision || revision == nil }) {
            let trails = try await catalog.routing()?.trails ?? []
            cache.withLock { cache in
                cache.revision = revision
                cache.places = [:]
                for trail in trails { cache.places[trail.id] = trail.place }
            }
        }
        return cache.withLock { $0.places[trail] }
    }
}
