package import CairnFormat

/// That a trail logs the events of an account in a Region.
package struct LaneCoverage: Sendable, Hashable, Comparable {
    package let trail: UniqueID
    package let account: AccountID
    package let region: Region

    package init(trail: UniqueID, account: AccountID, region: Region) {
        self.trail = trail
        self.account = account
        self.region = region
    }

    package static func < (a: LaneCoverage, b: LaneCoverage) -> Bool {
        (a.trail, a.account, a.region) < (b.trail, b.account, b.region)
    }
}
