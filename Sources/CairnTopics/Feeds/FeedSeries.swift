package import CairnFormat

/// Whose events they are: their order is kept.
package struct FeedSeries: Sendable, Hashable, Comparable {
    /// Of an organization's trail.
    package var organization: OrganizationID?
    package var account: AccountID
    package var region: Region

    package init(organization: OrganizationID?, account: AccountID, region: Region) {
        (self.organization, self.account, self.region) = (organization, account, region)
    }

    /// The log stream's name (reference 4.6).
    package var stream: String { "\(organization.map { "\($0)_" } ?? "")\(account)_CloudTrail_\(region)" }

    package static func < (a: FeedSeries, b: FeedSeries) -> Bool { a.stream < b.stream }
}
