package import CairnCatalog
package import CairnLog

/// What keeps a partition from being delivered.
package indirect enum DeliveryError: Error, Sendable, CustomStringConvertible {
    case log(LogError)
    case catalog(CatalogError)
    /// The cursor has moved under us: read it again.
    case stale
    case cancelled
    /// The log holds what this cairn cannot read.
    case unreadable(partition: Int, sequence: UInt64, reason: String)
    case unknownRevision(partition: Int, revision: UInt64)

    package var description: String {
        switch self {
        case .log(let error): error.description
        case .catalog(let error): error.description
        case .stale: "the cursor has moved; another worker goes on"
        case .cancelled: "stopped"
        case .unreadable(let partition, let sequence, let reason):
            "sequence \(sequence) of partition \(partition) cannot be read: \(reason)"
        case .unknownRevision(let partition, let revision):
            "partition \(partition) is routed by matcher revision \(revision), which the catalog does not have: restore the "
                + "documents from backup; nothing is lost, delivery of this partition waits"
        }
    }
}
