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
}
