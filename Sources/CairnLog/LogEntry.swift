package import CairnFormat

/// What is appended to a log.
package struct LogEntry: Sendable {
    /// What an entry is. The raw values are on disk.
    package enum Kind: UInt8, Sendable {
        /// A batch of events.
        case batch = 1
        /// From here on another matcher revision is in force.
        case marker = 2
        /// An entry of a `delivered` log.
        case delivered = 3
        /// A notice of a topic.
        case notice = 4
        /// An entry of a `delivered` log: a digest was put.
        case digest = 5
        /// Batches that were taken out of a thinned segment (``ThinnedRun``).
        case thinned = 6
        /// Sequences lost to damage, put in their place by recovery.
        case gap = 254
        /// The end of a segment that was closed in order. Never shown to readers.
        case footer = 255

        /// Whether an entry of this kind may stand for several sequences; its payload begins with how many.
        package var isRun: Bool { self == .gap || self == .thinned }
    }

    package var kind: Kind
    package var id: LogID
    /// When it came in, in milliseconds since 1970.
    package var at: Int64
    package var payload: [UInt8]
    /// Whose it is, for the count that a segment keeps; not written with the entry.
    package var account: AccountID?

    package init(kind: Kind, id: LogID, at: Int64, payload: [UInt8], account: AccountID? = nil) {
        self.kind = kind
        self.id = id
        self.at = at
        self.payload = payload
        self.account = account
    }
}
