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
    /// Nil: none of the Regions is opt-in.
    private var optIn: [OptInRegion]?

    package init(
        revision: UInt64, regions: [Region], accounts: [AccountID], organization: Organization? = nil, trails: [Trail]
    ) {
        self.revision = revision
        self.regions = regions
        self.accounts = accounts
        self.organization = organization
        self.trails = trails
    }

    /// Those of the Regions that accounts must enable.
    package var optInRegions: [OptInRegion] {
        get { optIn ?? [] }
        set { optIn = newValue.isEmpty ? nil : newValue.sorted { $0.region < $1.region } }
    }

    private func isEnabled(_ region: Region, for account: AccountID) -> Bool {
        guard let rule = optIn?.first(where: { $0.region == region }) else { return true }
        return rule.accounts.contains(account)
    }

    /// The Regions in which a trail takes an account's events while it logs: those of the trail that the account has, and none when
    /// it does not have the trail's home (reference 6.4, 6.7).
    package func regions(of trail: Trail, for account: AccountID) -> [Region] {
        let all = trail.regions(of: regions)
        guard optIn != nil else { return all }
        guard isEnabled(trail.homeRegion, for: account) else { return [] }
        return all.filter { isEnabled($0, for: account) }
    }

    /// The most trails that an account may have in a Region, each multi-Region trail counting in every one (reference 6.3).
    package static let trailCountMax = 5

    /// The Regions in which a trail takes events of any of its accounts while it logs, and its home.
    package func regions(of trail: Trail) -> [Region] {
        guard optIn != nil else { return trail.regions(of: regions) }
        let all = trail.accounts(of: organization).flatMap { regions(of: trail, for: $0) }
        return Set(all + [trail.homeRegion]).sorted()
    }

    /// Whether a trail is in a Region: at home, or as a shadow. One that its account has not enabled counts, too: it may.
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
