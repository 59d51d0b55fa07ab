package import CairnTrails

extension Catalog {
    /// Trails, accounts and Regions as they stand, with the revision that every change makes grow.
    private static let routingKey = "routing"

    /// How far the markers of routing changes have been appended to the log.
    package struct Markers: Sendable, Equatable, Codable {
        package var appended: UInt64 = 0
    }

    /// The trails, accounts and Regions that there are; nil before the deployment is set up.
    package func routing() async throws(CatalogError) -> MatcherSnapshot? {
        let revision = try await revision(Self.routingKey)
        if let revision, let known = knownRouting.snapshot(revision) { return known }
        guard let read = try await read(Self.routingKey, as: MatcherSnapshot.self) else { return nil }
        knownRouting.note(read.content, read.revision)
        return read.content
    }

    /// Changes with every change of trails, accounts or Regions; cheap to ask for many times a second.
    package func routingDocumentRevision() async throws(CatalogError) -> UInt64? { try await revision(Self.routingKey) }

    /// Changes trails, accounts or Regions. The change is in force from the marker that the door appends.
    ///
    /// - Returns: the revision that holds the change.
    @discardableResult
    package func changeRouting(
        _ change: (inout MatcherSnapshot) throws(CatalogError) -> Void
    ) async throws(CatalogError) -> UInt64 {
        let initial = MatcherSnapshot(revision: 0, regions: [], accounts: [], trails: [])
        return try await update(Self.routingKey, initial: initial) { (snapshot) throws(CatalogError) in
            var changed = snapshot
            try change(&changed)
            changed.trails.sort { $0.id < $1.id }
            changed.accounts.sort()
            changed.regions.sort()
            try Self.checkLanes(changed)
            if changed != snapshot {
                changed.revision = snapshot.revision + 1
                snapshot = changed
            }
            return snapshot.revision
        }.get()
    }

    /// A change of routing is one cut with an entry for each lane that begins or ends, and every cut is one document.
    private static let laneCountMax = 50_000

    private static func checkLanes(_ snapshot: MatcherSnapshot) throws(CatalogError) {
        let count = snapshot.trails.filter(\.isLogging).reduce(0) { (count, trail) in
            count
                + trail.accounts(of: snapshot.organization).reduce(0) {
                    $0 + snapshot.regions(of: trail, for: $1).count
                }
        }
        guard count <= laneCountMax else {
            throw .refused(
                "LaneLimit: the trails that log would have \(count) lanes (account and Region each), at most \(laneCountMax) "
                    + "are taken: leave accounts out, or make their trails single-Region")
        }
    }

    /// The snapshot that a marker of the log names; nil when it isn't kept.
    package func snapshot(_ revision: UInt64) async throws(CatalogError) -> MatcherSnapshot? {
        try await read("matchers/\(revision)", as: MatcherSnapshot.self)?.content
    }

    /// Keeps a snapshot under its revision, before a marker names it.
    package func keep(_ snapshot: MatcherSnapshot) async throws(CatalogError) {
        let key = "matchers/\(snapshot.revision)"
        _ = try await swap(key, snapshot, ifRevision: try await read(key, as: MatcherSnapshot.self)?.revision)
    }

    /// Forgets snapshots of revisions below `revision`, which no cursor and no marker needs.
    package func forgetSnapshots(below revision: UInt64) async throws(CatalogError) {
        for (key, snapshot) in try await list("matchers/", as: MatcherSnapshot.self) where snapshot.revision < revision
        {
            try await remove(key)
        }
    }

    /// The revision whose markers stand in every partition's log.
    package func appendedRevision() async throws(CatalogError) -> UInt64 {
        try await read("markers", as: Markers.self)?.content.appended ?? 0
    }

    package func noteAppended(_ revision: UInt64) async throws(CatalogError) {
        _ = try await update("markers", initial: Markers()) { (markers) throws(CatalogError) in
            markers.appended = max(markers.appended, revision)
        }
    }
}
