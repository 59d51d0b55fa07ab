import CairnTrails
import Synchronization

/// The routing that was read last. With thousands of accounts it is a document of megabytes, which takes a while to decode,
/// and it is asked for many times a second.
final class KnownRouting: Sendable {
    private struct Known {
        var revision: UInt64
        var snapshot: MatcherSnapshot
    }

    private let last = Mutex<Known?>(nil)

    /// The snapshot that stands in the document of a revision; nil when it is not known.
    func snapshot(_ revision: UInt64) -> MatcherSnapshot? {
        last.withLock { $0?.revision == revision ? $0?.snapshot : nil }
    }

    func note(_ snapshot: MatcherSnapshot, _ revision: UInt64) {
        last.withLock { known in
            if known.map({ $0.revision < revision }) ?? true { known = Known(revision: revision, snapshot: snapshot) }
        }
    }
}
