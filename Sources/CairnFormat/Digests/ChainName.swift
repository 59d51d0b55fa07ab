/// What a digest chain is named by: one trail's digests of one account and Region.
///
/// The name, not the trail's id: a trail that is deleted and made again under its name gives its digests names of the same
/// series, so they must belong to one series of ends. A trail that becomes an organization's, or no longer is one's, has its
/// digests in other folders: another series.
package struct ChainName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// The organization that a trail is of, and the account that owns the trail.
    package struct Organization: Sendable, Hashable, Codable {
        package let id: OrganizationID
        package let owner: AccountID

        package init(id: OrganizationID, owner: AccountID) { (self.id, self.owner) = (id, owner) }
    }

    /// Nil: the trail takes events of its own account alone.
    package let organization: Organization?
    /// Whose log files they are.
    package let account: AccountID
    /// The trail's home Region.
    package let home: Region
    package let trail: TrailName
    /// Where the log files are from.
    package let region: Region

    package init(
        organization: Organization? = nil, account: AccountID, home: Region, trail: TrailName, region: Region
    ) {
        (self.organization, self.account, self.home) = (organization, account, home)
        (self.trail, self.region) = (trail, region)
    }

    /// Whether its digests speak of the trail's other chains: those of the trail's own account in its home Region.
    package var isHome: Bool { region == home && account == organization?.owner ?? account }

    /// What the names of all chains of the trail begin with: `<account>/<home Region>/<trail>/`, of an organization's trail
    /// `<organization>/<home Region>/<trail>/`.
    package var family: String { "\(organization?.id.text ?? account.description)/\(home)/\(trail)/" }

    /// `<account>/<home Region>/<trail>/<Region>`, of an organization's trail
    /// `<organization>/<home Region>/<trail>/<account>/<Region>`.
    package var description: String { family + (organization == nil ? "" : "\(account)/") + region.name }

    package static func < (a: ChainName, b: ChainName) -> Bool {
        (a.organization?.id.text ?? "", a.account, a.home, a.trail, a.region)
            < (b.organization?.id.text ?? "", b.account, b.home, b.trail, b.region)
    }
}
