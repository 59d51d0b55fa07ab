package import CairnCatalog
package import CairnFormat
package import CairnTopics

/// How one trail stands in one Region, as far as neither cursors nor the heads of digests tell it. What somebody looks at, not what
/// anything is decided by.
package struct TrailProgress: Sendable, Equatable, Codable {
    /// Names a trail's part in a Region.
    package struct Key: Sendable, Hashable, Comparable, Codable {
        package let trail: UniqueID
        package let region: Region

        package init(trail: UniqueID, region: Region) { (self.trail, self.region) = (trail, region) }

        package static func < (a: Key, b: Key) -> Bool { (a.trail.text, a.region) < (b.trail.text, b.region) }
    }

    /// All that is known in one partition, by key.
    struct Document: Sendable, Equatable, Codable {
        var trails: [TrailProgress] = []
    }

    package let key: Key
    /// When a log file was delivered last, in ms since 1970.
    package internal(set) var deliveredAt: Int64?
    /// When the trail's topic took a notice last, in ms since 1970.
    package internal(set) var announcedAt: Int64?
    /// What keeps a digest from being made, of all accounts what lasts longest.
    package internal(set) var digestFailure: DestinationFailure?

    init(_ key: Key) { self.key = key }

    /// Takes in what is known elsewhere: the later of each time, the failure that lasts longer.
    package mutating func merge(_ other: TrailProgress) {
        deliveredAt = [deliveredAt, other.deliveredAt].compactMap(\.self).max()
        announcedAt = [announcedAt, other.announcedAt].compactMap(\.self).max()
        digestFailure = [digestFailure, other.digestFailure].compactMap(\.self).min { $0.since < $1.since }
    }

    static func documentKey(_ partition: Int) -> String { "progress/\(partition)" }

    /// Of some partitions.
    package static func read(
        partitions: Set<Int>, in catalog: Catalog
    ) async throws(CatalogError) -> [Key: TrailProgress] {
        var all: [Key: TrailProgress] = [:]
        for partition in partitions.sorted() {
            let document = try await catalog.read(documentKey(partition), as: Document.self)?.content
            for one in document?.trails ?? [] { all[one.key, default: TrailProgress(one.key)].merge(one) }
        }
        return all
    }
}
