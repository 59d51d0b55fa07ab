package import CairnCatalog
package import CairnTrails

/// The matchers of the revisions that the log names, compiled once.
package actor MatcherLibrary {
    private let catalog: Catalog
    private var matchers: [UInt64: TrailMatcher] = [:]

    package init(catalog: Catalog) { self.catalog = catalog }

    /// Trails as they stand now, whether a marker of it is in the log yet or not.
    func newest() async throws(DeliveryError) -> MatcherSnapshot? {
        do throws(CatalogError) { return try await catalog.routing() } catch { throw .catalog(error) }
    }

    /// The matcher of a revision; revision 0 matches nothing.
    package func matcher(_ revision: UInt64, partition: Int) async throws(DeliveryError) -> TrailMatcher {
        if let known = matchers[revision] { return known }
        let snapshot: MatcherSnapshot?
        do throws(CatalogError) {
            snapshot =
                revision == 0
                ? MatcherSnapshot(revision: 0, regions: [], accounts: [], trails: [])
                : try await catalog.snapshot(revision)
        } catch {
            throw .catalog(error)
        }
        guard let snapshot else { throw .unknownRevision(partition: partition, revision: revision) }
        let matcher = TrailMatcher(snapshot)
        if matchers.count >= 16, let oldest = matchers.keys.min() { matchers.removeValue(forKey: oldest) }
        matchers[revision] = matcher
        return matcher
    }
}
