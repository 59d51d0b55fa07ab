/// What a digest chain is named by: one trail's digests of one account and Region.
///
/// The name, not the trail's id: a trail that is deleted and made again under its name gives its digests names of the same
/// series, so they must belong to one series of ends.
package struct ChainName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let account: AccountID
    /// The trail's home Region.
    package let home: Region
    package let trail: TrailName
    /// Where the log files are from.
    package let region: Region

    package init(account: AccountID, home: Region, trail: TrailName, region: Region) {
        (self.account, self.home, self.trail, self.region) = (account, home, trail, region)
    }

    /// `<account>/<home Region>/<trail>/<Region>`
    package var description: String { "\(account)/\(home)/\(trail)/\(region)" }

    package static func < (a: ChainName, b: ChainName) -> Bool {
        (a.account, a.home, a.trail, a.region) < (b.account, b.home, b.trail, b.region)
    }
}
