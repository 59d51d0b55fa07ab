package import CairnFormat

/// All that decides where events go, at one revision of the catalog. A marker in the log names the revision; batches
/// behind it are routed by it.
package struct MatcherSnapshot: Sendable, Equatable, Codable {
    package var revision: UInt64
    /// The Regions of the deployment: where multi-Region trails take events.
    package var regions: [Region]
    /// The accounts of the deployment. A trail's own account need not be listed for it to log.
    package var accounts: [AccountID]
    /// Nil: no account manages others.
    package var organization: Organization?
    package var trails: [Trail]

    package init(
        revision: UInt64, regions: [Region], accounts: [AccountID], organization: Organization? = nil, trails: [Trail]
    ) {
        self.revision = revision
        self.regions = regions
        self.accounts = accounts
        self.organization = organization
        self.trails = trails
    }

    /// The most trails that an account may have in a Region, each multi-Region trail counting in every one (reference 6.3).
    package static let trailCountMax = 5

    /// Whether a trail is in a Region: at home, or as a shadow.
    package func has(_ trail: Trail, in region: Region) -> Bool {
        trail.homeRegion == region || trail.regions(of: regions).contains(region)
    }

    /// The first Region of a trail in which its account has too many trails; nil: there is none.
    package func overfullRegion(of trail: Trail) -> Region? {
        let own = trails.filter { $0.account == trail.account }
        return Set(trail.regions(of: regions) + [trail.homeRegion]).sorted().first { region in
            own.count { has($0, in: region) } > Self.trailCountMax
        }
    }
}
