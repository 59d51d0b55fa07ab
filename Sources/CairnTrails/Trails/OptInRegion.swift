package import CairnFormat

/// A Region in which nothing of an account is logged before the account has enabled it (reference 6.4).
package struct OptInRegion: Sendable, Equatable, Codable {
    package let region: Region
    /// The accounts that have enabled it; sorted, each once.
    package private(set) var accounts: [AccountID]

    package init(_ region: Region) { (self.region, accounts) = (region, []) }

    package mutating func set(_ accounts: [AccountID], isEnabled: Bool) {
        let all = Set(self.accounts)
        self.accounts = (isEnabled ? all.union(accounts) : all.subtracting(accounts)).sorted()
    }
}
