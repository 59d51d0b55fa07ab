/// What the digests of one chain have in common in their names, wherever they lie: a bucket or prefix may change.
package struct LaneName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The organization in whose folder it lies; nil: in its account's own.
    package let organization: String?
    package let account: String
    /// Where the log files are from.
    package let region: String
    package let trail: String
    package let home: String

    package var description: String {
        "\(organization.map { "\($0) " } ?? "")\(account) \(region) \(trail) (home \(home))"
    }

    package static func < (a: LaneName, b: LaneName) -> Bool {
        (a.account, a.region, a.organization ?? "", a.trail, a.home)
            < (b.account, b.region, b.organization ?? "", b.trail, b.home)
    }
}
