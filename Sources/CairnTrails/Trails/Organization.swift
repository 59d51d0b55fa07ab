package import CairnFormat

/// Accounts that one of them manages: its trails may take the events of all of them (reference 6.7).
package struct Organization: Sendable, Equatable, Codable {
    package let id: OrganizationID
    package let managementAccount: AccountID
    /// All accounts, the management account among them; sorted, each once.
    package private(set) var accounts: [AccountID]
    /// Members that may do with the organization's trails what the management account may; nil: none, as ever.
    private var delegates: [AccountID]?

    /// The most of them that there may be (reference 12).
    package static let delegatedAdministratorCountMax = 3

    package init(id: OrganizationID, managementAccount: AccountID) {
        self.id = id
        self.managementAccount = managementAccount
        accounts = [managementAccount]
    }

    /// Members that may do with the organization's trails what the management account may; sorted.
    package var delegatedAdministrators: [AccountID] { delegates ?? [] }

    /// Makes a member a delegated administrator, or takes that from it.
    package mutating func delegate(_ account: AccountID, _ isDelegate: Bool) {
        var all = Set(delegatedAdministrators)
        if isDelegate { all.insert(account) } else { all.remove(account) }
        delegates = all.isEmpty ? nil : all.sorted()
    }

    /// Whether an account may make and change the organization's trails.
    package func isAdministered(by account: AccountID) -> Bool {
        account == managementAccount || delegatedAdministrators.contains(account)
    }

    /// Takes accounts in. Those that are members already stay so.
    package mutating func add(_ new: [AccountID]) { accounts = Set(accounts).union(new).sorted() }

    /// Lets an account go. False when it is no member, or manages the organization.
    package mutating func remove(_ account: AccountID) -> Bool {
        guard account != managementAccount, let i = accounts.firstIndex(of: account) else { return false }
        accounts.remove(at: i)
        delegate(account, false)
        return true
    }
}
