import CairnFormat
import CairnObjects

/// What an archive holds, by its names: digests of lanes, and folders of log files.
struct Inventory: Sendable {
    /// A digest, by what its name says; the rest of the name is the lane's.
    struct Reference: Sendable {
        let end: EventTime
        let territory: Int
    }

    /// The digests of one lane.
    struct Lane: Sendable {
        /// Newest first.
        var digests: [Reference] = []
        var backfills: [Reference] = []
    }

    /// The log folders of one account and Region.
    struct Area: Hashable, Comparable, Sendable {
        let account: String
        let region: String

        static func < (a: Area, b: Area) -> Bool { (a.account, a.region) < (b.account, b.region) }
    }

    /// One folder of log files, such as `…/CloudTrail/us-east-1/`.
    struct Folder: Sendable {
        let territory: Int
        /// `CloudTrail`, `CloudTrail-Insight`, …
        let name: String
    }

    var territories: [Territory] = []
    var lanes: [LaneName: Lane] = [:]
    var folders: [Area: [Folder]] = [:]
    var hasMetadata = false

    func location(_ lane: LaneName, _ reference: Reference, isBackfill: Bool) -> ObjectLocation? {
        let territory = territories[reference.territory]
        let name = DigestFileName.text(lane, end: reference.end, isBackfill: isBackfill)
        let key = "\(territory.path)CloudTrail-Digest/\(lane.region)/\(reference.end.datePath)/\(name)"
        return (try? ObjectKey(key)).map { ObjectLocation(bucket: territory.bucket, key: $0) }
    }
}
