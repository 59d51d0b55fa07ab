package import CairnFormat
package import CairnNative

/// How far a digest chain has come: the document that fences all builders (design 8).
///
/// It is changed only by compare-and-swap. An intent fixes all that the next digest says and that is no function of the
/// `delivered` log, so that whoever finishes it makes the same bytes.
package struct ChainHead: Sendable, Equatable, Codable {
    /// How far the log files of one lane are digested: of one folder, and of the trail that has the name, or that had it and
    /// whose lane has not ended yet, because its last files could not be put. What has ended stays, to know copies by.
    package struct FolderState: Sendable, Equatable, Codable {
        /// Names a lane of the chain.
        package struct Key: Sendable, Hashable {
            package var trail: UniqueID
            package var folder: LogFolder
        }

        /// The most lanes that have ended and are remembered.
        static let endedCountMax = 32

        package var trail: UniqueID
        package var folder: LogFolder
        /// Whether the lane of the folder logs.
        package var isOpen: Bool
        package var epoch: UInt64
        /// Files from here on are not digested yet.
        package var until: UInt64

        package init(trail: UniqueID, folder: LogFolder, isOpen: Bool, epoch: UInt64, until: UInt64) {
            (self.trail, self.folder, self.isOpen, self.epoch, self.until) = (trail, folder, isOpen, epoch, until)
        }

        package var key: Key { Key(trail: trail, folder: folder) }
    }

    /// A digest that is decided and not yet committed.
    package struct Intent: Sendable, Equatable, Codable {
        package var kind: DigestBody.Kind
        package var start: EventTime
        package var end: EventTime
        /// The first place of the `delivered` log that belongs to a later digest.
        package var until: UInt64
        /// How the folders stand behind it.
        package var folders: [FolderState]
        package var trail: UniqueID
        package var bucket: BucketName
        package var prefix: KeyPrefix?
        package var storage: StorageRules?
        /// The topic that is told of the digest.
        package var topic: String?
        package var periodSeconds: Int
        /// The key that signs.
        package var fingerprint: String
        package var signedAt: EventTime
        /// Files that are recorded and not there, by their keys.
        package var missing: [String: DigestBody.MissingReason]
        package var keyring: DigestBody.KeyringMark
        package var logEnd: UInt64
        /// The hash of the list of lanes, which is a document of its own; nil outside the home Region.
        package var lanes: SHA256Hash?
        package var shredded: [DigestBody.Shredding]
        /// The newest backfill digest of the lane.
        package var backfill: DigestBody.Previous?
    }

    package let name: ChainName
    /// The trail that has the name now, or had it last.
    package var trail: UniqueID
    package var bucket: BucketName
    package var prefix: KeyPrefix?
    package var storage: StorageRules?
    package var topic: String?
    /// How many chains there were under the name; each begins with a starting digest.
    package var chain = 0
    /// How many digests the chain has.
    package var number = 0
    /// Sorted by folder and trail.
    package var folders: [FolderState] = []
    /// The end of the newest digest, over all chains.
    package var end: EventTime?
    package var signedAt: EventTime?
    /// The first place of the `delivered` log that is not digested.
    package var position: UInt64 = 1
    /// The newest digest, be it of this chain or, while the chain is closed, of the one that has ended.
    package var previous: DigestBody.Previous?
    package var intent: Intent?

    package init(_ place: DigestPlace, trail: UniqueID) {
        name = place.chain
        self.trail = trail
        (bucket, prefix, storage, topic) = (place.bucket, place.prefix, place.storage, place.topic)
    }

    /// Where digests go.
    package var place: TrailPlace {
        get { TrailPlace(bucket: bucket, prefix: prefix, storage: storage, digestTopic: topic) }
        set {
            (bucket, prefix, storage, topic) = (
                newValue.bucket, newValue.prefix, newValue.storage, newValue.digestTopic
            )
        }
    }

    /// Whether logging is on: digests are due.
    package var isOpen: Bool { folders.contains(where: \.isOpen) }

    /// The next end of an hourly digest: a multiple of the period, moved by an offset of the chain's own, behind the last end.
    package func nextEnd(period: Int64) -> EventTime { nextEnd(period: period, chance: Self.chance(name)) }

    /// What the chain's offset is drawn from.
    static func chance(_ name: ChainName) -> Int64 {
        Int64(bitPattern: SHA256.hash(Array(name.description.utf8)).word(0) >> 1)
    }

    /// The same, for who asks often and has drawn before.
    func nextEnd(period: Int64, chance: Int64) -> EventTime {
        let offset = chance % period
        let last = end?.seconds ?? 0
        return EventTime(seconds: ((last - offset) / period + 1) * period + offset)
    }

    // MARK: Transitions

    /// Why a transition does not apply to the head as it stands.
    package enum Stale: Error, Equatable, Sendable { case moved }

    /// Decides a digest.
    package mutating func begin(_ wanted: Intent) throws(Stale) {
        guard intent == nil, wanted.until >= position, end.map({ $0 < wanted.end }) ?? true else { throw .moved }
        intent = wanted
    }

    /// The digest stands at its name.
    package mutating func commit(_ done: Intent, _ digest: DigestBody.Previous) throws(Stale) {
        guard intent == done else { throw .moved }
        if done.kind == .starting {
            chain += 1
            number = 1
        } else {
            number += 1
        }
        (position, folders, end, signedAt) = (done.until, done.folders, done.end, done.signedAt)
        trail = done.trail
        place = TrailPlace(bucket: done.bucket, prefix: done.prefix, storage: done.storage, digestTopic: done.topic)
        previous = digest
        intent = nil
    }
}
