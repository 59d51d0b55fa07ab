package import CairnCatalog
package import CairnFormat
import CairnNative
package import CairnTopics

/// How far a destination has had a partition's events, and what keeps it.
package struct FeedPlace: Sendable, Equatable, Codable {
    /// How long the log waits for a destination that takes nothing.
    package static let patienceMilliseconds: Int64 = 24 * 3_600_000

    package let destination: FeedDestination
    /// The first sequence that may not have been sent.
    package var next: UInt64
    /// The matcher revision in force there.
    package var revision: UInt64
    /// When an event was taken last, in ms since 1970.
    package var deliveredAt: Int64?
    package var failure: DestinationFailure?

    package init(_ destination: FeedDestination, next: UInt64, revision: UInt64) {
        (self.destination, self.next, self.revision) = (destination, next, revision)
    }

    mutating func move(to next: UInt64, _ revision: UInt64) { (self.next, self.revision) = (next, revision) }

    private static func prefix(_ partition: Int) -> String { "feeds/\(partition)/" }

    static func key(_ destination: FeedDestination, _ partition: Int) -> String {
        prefix(partition) + SHA256.hash(Array(destination.description.utf8)).hex.prefix(32)
    }

    /// Those of a partition.
    package static func list(_ partition: Int, in catalog: Catalog) async throws(CatalogError) -> [FeedPlace] {
        try await catalog.list(prefix(partition), as: FeedPlace.self).map(\.content)
    }

    /// Whether the log keeps what the destination has not had yet.
    package func isWaitedFor(at now: Int64) -> Bool {
        failure.map { now - $0.since < Self.patienceMilliseconds } ?? true
    }
}
