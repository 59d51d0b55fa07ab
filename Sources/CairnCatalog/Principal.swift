package import CairnFormat
package import CairnNative

/// Somebody who may do something, and for which accounts.
package struct Principal: Sendable, Equatable, Codable {
    /// The access key id, which names it: `AKIA` and 16 of `A–Z2–7`.
    package var id: String
    package var name: String
    /// The accounts that it may act for; nil: every account there is. Calls of the API are for the first.
    package var accounts: [AccountID]?
    /// The event sources it is bound to; nil: any but cairn's own.
    package var sources: [String]?
    /// SHA-256 of its bearer token. The token itself is kept nowhere.
    package var tokenHash: SHA256Hash
    package var isDisabled = false
    /// What it may do; its token may only send events. Nil: that alone.
    package var permissions: [Permission]?
    /// The names of the trails that it may see and change; nil: every trail of its account.
    package var trails: [String]?

    package func may(_ permission: Permission) -> Bool { permissions?.contains(permission) ?? (permission == .write) }

    /// Whether it may see, and if it may change any, change the trail of a name.
    package func mayUse(trail: String) -> Bool { trails?.contains(trail) ?? true }

    package init(
        id: String,
        name: String,
        accounts: [AccountID]?,
        sources: [String]? = nil,
        tokenHash: SHA256Hash,
        permissions: [Permission]? = nil,
        trails: [String]? = nil
    ) {
        self.id = id
        self.name = name
        self.accounts = accounts
        self.sources = sources
        self.tokenHash = tokenHash
        self.permissions = permissions
        self.trails = trails
    }
}
