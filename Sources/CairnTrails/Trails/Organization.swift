package import CairnFormat

/// Accounts that one of them manages: its trails may take the events of all of them (reference 6.7).
package struct Organization: Sendable, Equatable, Codable {
    package let id: OrganizationID
    package let managementAccount: AccountID
    /// All accounts, the management account among them; sorted, each once.
    package private(set) var accounts: [AccountID]

    package init(id: OrganizationID, managementAccount: AccountID) {
        self.id = id
        self.managementAccount = managementAccount
        accounts = [managementAccount]
    }

    /// Takes accounts in. Those that are members already stay so.
    package mutating func add(_ new: [AccountID]) { accounts = Set(accounts).union(new).sorted() }

    /// Lets an account go. False when it is no member, or manages the organization.
    package mutating func remove(_ account: AccountID) -> Bool {
        guard account != managementAccount, let i = accounts.firstIndex(of: account) else { return false }
        accounts.remove(at: i)
        return true
    }
}
