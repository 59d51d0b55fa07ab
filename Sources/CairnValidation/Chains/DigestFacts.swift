import CairnFormat
import CairnNative
import CairnObjects

/// What the check of one digest file brought to light, for the walk along its chain.
struct DigestFacts: Sendable {
    /// Where it lies.
    let location: ObjectLocation
    /// The end that its name says.
    let end: EventTime
    let isBackfill: Bool
    /// Nil when it cannot be read, or is no digest.
    var document: DigestDocument?
    /// SHA-256 of the body before gzip.
    var bodyHash: SHA256Hash?
    var storedHash: SHA256Hash?
    var storedByteCount = 0
    /// From the metadata, in hex; nil in a copy without metadata.
    var signature: String?
    /// What the signature covers.
    var message: [UInt8] = []
    /// The keys that its fingerprint names.
    var keys: [PublicKeys.Key] = []
    /// Whether its signature holds.
    var isSigned = false
    /// Whether anything speaks against it.
    var isSound = true
    /// Whether it could not be read, which says nothing against it.
    var isUnread = false
    var files = FileCounts()
    /// Events in its files by which logging was stopped or started.
    var turns: [TurnEvent] = []
    /// The files it lists, by the hashes of their names, in its order.
    var listed: [NameHash] = []

    init(_ location: ObjectLocation, end: EventTime, isBackfill: Bool) {
        (self.location, self.end, self.isBackfill) = (location, end, isBackfill)
    }

    var name: String { "s3://\(location)" }

    /// The object that a link of this digest names; nil when it is none that an archive could hold.
    static func location(bucket: String?, key: String?) -> ObjectLocation? {
        guard let bucket, let key, let bucket = try? BucketName(bucket), let key = try? ObjectKey(key) else {
            return nil
        }
        return ObjectLocation(bucket: bucket, key: key)
    }
}
