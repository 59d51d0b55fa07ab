package import CairnCatalog

/// What an operation does, and so what a principal must be allowed for it.
package enum Access: Sendable, Equatable {
    /// Reads settings and status.
    case describe
    /// Reads evidence: events, query results.
    case lookup
    /// Changes settings.
    case administer
    /// Brings events in.
    case write

    /// Whether records of CloudTrail call it read-only.
    package var isReadOnly: Bool { self == .describe || self == .lookup }

    /// What a principal needs for it.
    package var permission: Permission {
        switch self {
        case .describe: .describe
        case .lookup: .lookup
        case .administer: .administer
        case .write: .write
        }
    }
}
