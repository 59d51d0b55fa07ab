package import CairnFormat
package import CairnNative

/// Who may send events, and for which accounts.
package struct Principal: Sendable, Equatable, Codable {
    /// The access key id, which names it: `AKIA` and 16 of `A–Z2–7`.
    package var id: String
    package var name: String
    /// The accounts it may write for; nil: every account there is.
    package var accounts: [AccountID]?
    /// The event sources it is bound to; nil: any but cairn's own.
    package var sources: [String]?
    /// SHA-256 of its bearer token. The token itself is kept nowhere.
    package var tokenHash: SHA256Hash
    package var isDisabled = false
    /// What its access key may do besides; its token may only write events. Nil: nothing.
    package var permissions: [Permission]?

    package func may(_ permission: Permission) -> Bool { permissions?.contains(permission) ?? false }

    package init(
        id: String,
        name: String,
        accounts: [AccountID]?,
        sources: [String]? = nil,
        tokenHash: SHA256Hash,
        permissions: [Permission]? = nil
    ) {
        self.id = id
        self.name = name
        self.accounts = accounts
        self.sources = sources
        self.tokenHash = tokenHash
        self.permissions = permissions
    }
}
