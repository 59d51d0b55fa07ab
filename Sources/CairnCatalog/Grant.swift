package import CairnFormat

/// That accounts may use a bucket, a topic, a log group or a managed key for their trails.
///
/// Without one there is no such thing for who makes trails through the API: nobody delivers with cairn's credentials to a place
/// that an operator has not given it.
package struct Grant: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case bucket
        case topic
        case logGroup = "log-group"
        case key
    }

    package let kind: Kind
    /// A bucket's or topic's name, or a log group's or key's ARN.
    package let name: String
    /// Sorted; nil: every account there is.
    package var accounts: [AccountID]?

    package init(kind: Kind, name: String, accounts: [AccountID]?) {
        (self.kind, self.name, self.accounts) = (kind, name, accounts?.sorted())
    }

    package func covers(_ account: AccountID) -> Bool { accounts?.contains(account) ?? true }
}
