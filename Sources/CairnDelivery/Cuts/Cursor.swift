package import CairnFormat
package import CairnNative

/// How far each lane of a partition is delivered: the document that fences all workers.
///
/// It is changed only by compare-and-swap. The rules are those of the checked model (design 5); the names here are the
/// model's. *Place of a lane*: where it stands in `apart`, else `edge`.
package struct Cursor: Sendable, Equatable, Codable {
    /// What a cut will do for one lane. From the swap that writes it, the file is fixed.
    package struct Entry: Sendable, Equatable, Codable {
        package var lane: Lane
        package var kind: DeliveredRecord.Kind
        /// First sequence of the range; the end is the intent's `until`.
        package var from: UInt64
        /// The matcher revision that routes the range.
        package var revision: UInt64
        package var bucket: BucketName
        package var prefix: KeyPrefix?
        /// The organization whose trail it is.
        package var organization: OrganizationID?
        package var compression: Compression
        package var topic: String?
        /// How the file is encrypted; nil: it is not.
        package var encryption: Encryption?
        package var storage: StorageRules?
        /// Of a start or stop: the digest chain.
        package var digests: DigestPlace?
    }

    /// How files of a trail are encrypted.
    package struct Encryption: Sendable, Equatable, Codable {
        package var key: KeyARN
        package var trailARN: String
    }

    /// A cut that is decided and not yet committed.
    package struct Intent: Sendable, Equatable, Codable {
        package var until: UInt64
        /// The matcher revision in force at `until`.
        package var revision: UInt64
        /// The time of the cut, in ms since 1970: names files, and never goes back.
        package var at: Int64
        package var entries: [Entry]
    }

    /// A lane that does not stand where the others do.
    package struct Apart: Sendable, Equatable, Codable {
        package var lane: Lane
        package var next: UInt64
        /// The matcher revision in force at `next`.
        package var revision: UInt64
        package var intent: Intent?
        /// Why it was set apart, for status; nil for an early cut.
        package var failure: String?
        /// When it was set apart, in ms since 1970.
        package var since: Int64
        /// Whether the operator gave up what could not be delivered; absent: no.
        package var isAbandoned: Bool?
    }

    /// Why a transition does not apply to the cursor as it stands.
    package enum Stale: Error, Equatable, Sendable { case moved }

    /// At most this many lanes stand apart; beyond, `next` waits.
    package static let apartCountMax = 4_096

    package var epoch: UInt64 = 1
    /// First sequence of the shared cut that is not yet committed.
    package var next: UInt64 = 1
    /// The matcher revision in force at `next`.
    package var revision: UInt64 = 0
    package var at: Int64 = 0
    package var intent: Intent?
    /// Sorted by lane.
    package var apart: [Apart] = []

    package init() {}

    /// Where lanes stand that are not apart.
    package var edge: UInt64 { intent?.until ?? next }

    package func apart(_ lane: Lane) -> Apart? { apart.first { $0.lane == lane } }

    package func place(of lane: Lane) -> UInt64 { apart(lane)?.next ?? edge }

    /// What nobody needs any more lies before this.
    package var trimmable: UInt64 { apart.reduce(next) { min($0, $1.next) } }

    /// The oldest matcher revision that what is not delivered is routed by.
    package var oldestRevision: UInt64 {
        apart.reduce(min(revision, intent?.revision ?? .max)) { min($0, $1.revision, $1.intent?.revision ?? .max) }
    }

    /// What is known to have been durable in the log: it must not end before.
    package var known: UInt64 {
        let intents = [intent].compactMap { $0 } + apart.compactMap(\.intent)
        return (intents.map(\.until) + apart.map(\.next)).reduce(next) { max($0, $1) }
    }

    /// The time of the oldest cut that is decided and not committed, in ms since 1970: files named by it or later may lie in a
    /// bucket without being recorded yet.
    package var openSince: Int64? { ([intent].compactMap { $0 } + apart.compactMap(\.intent)).map(\.at).min() }

    private mutating func set(_ lane: Lane, _ entry: Apart?) {
        apart.removeAll { $0.lane == lane }
        guard let entry else { return }
        apart.insert(entry, at: apart.firstIndex { $0.lane > lane } ?? apart.count)
    }

    // MARK: The shared cut

    /// Lanes that a shared cut must leave out: those apart with an intent of their own, or behind.
    package func staysOut(_ lane: Lane) -> Bool {
        guard let entry = apart(lane) else { return false }
        return entry.intent != nil || entry.next < next
    }

    /// Decides a shared cut of everything before `until`; without entries the cursor just moves.
    package mutating func begin(until: UInt64, revision: UInt64, at now: Int64, entries: [Entry]) throws(Stale) {
        guard intent == nil, until > next else { throw .moved }
        for entry in entries where staysOut(entry.lane) || place(of: entry.lane) != entry.from { throw .moved }
        apart.removeAll { $0.intent == nil && $0.next >= next && $0.next <= until }
        if entries.isEmpty {
            next = until
            self.revision = revision
        } else {
            at = max(at, now)
            intent = Intent(until: until, revision: revision, at: at, entries: entries)
        }
    }

    /// A lane that cannot finish leaves the shared intent, so that the others can.
    package mutating func setApart(_ lane: Lane, from shared: Intent, failure: String, at now: Int64) throws(Stale) {
        guard var intent, intent == shared, let entry = intent.entries.first(where: { $0.lane == lane }) else {
            throw .moved
        }
        guard apart.count < Self.apartCountMax else { throw .moved }
        intent.entries.removeAll { $0.lane == lane }
        self.intent = intent
        var alone = shared
        alone.entries = [entry]
        set(
            lane,
            Apart(lane: lane, next: entry.from, revision: entry.revision, intent: alone, failure: failure, since: now))
    }

    /// Everything of the shared intent is recorded.
    package mutating func commit(_ done: Intent) throws(Stale) {
        guard intent == done else { throw .moved }
        next = done.until
        revision = done.revision
        intent = nil
        apart.removeAll { $0.intent == nil && $0.next == next }
    }

    // MARK: A lane alone

    /// Decides a cut of one lane alone, from its place.
    package mutating func beginAlone(_ entry: Entry, until: UInt64, revision: UInt64, at now: Int64) throws(Stale) {
        guard place(of: entry.lane) == entry.from, until > entry.from, apart(entry.lane)?.intent == nil,
            intent?.entries.contains(where: { $0.lane == entry.lane }) != true,
            apart(entry.lane) != nil || apart.count < Self.apartCountMax
        else { throw .moved }
        at = max(at, now)
        let alone = Intent(until: until, revision: revision, at: at, entries: [entry])
        let old = apart(entry.lane)
        set(
            entry.lane,
            Apart(
                lane: entry.lane, next: entry.from, revision: entry.revision, intent: alone, failure: old?.failure,
                since: old?.since ?? now, isAbandoned: old?.isAbandoned))
    }

    /// One lane's place moves on; it is apart no more when it has come to where the others are.
    package mutating func moveOn(_ lane: Lane, from: UInt64, to place: UInt64, revision: UInt64) throws(Stale) {
        guard var entry = apart(lane), entry.next == from, place > from else { throw .moved }
        entry.next = place
        entry.revision = revision
        entry.intent = nil
        if place >= edge { (entry.failure, entry.isAbandoned) = (nil, nil) }
        set(lane, place == edge ? nil : entry)
    }

    /// Everything of a lane's own intent is recorded.
    package mutating func commitAlone(_ lane: Lane, _ done: Intent) throws(Stale) {
        guard let entry = apart(lane), entry.intent == done else { throw .moved }
        try moveOn(lane, from: entry.next, to: done.until, revision: done.revision)
    }

    /// The file of a lane apart goes to another place than was decided: its trail has another bucket now.
    ///
    /// Should the file stand at the old place all the same, it stands twice: whoever asks for this names both places.
    package mutating func reAim(
        _ lane: Lane, _ known: Intent, to bucket: BucketName, _ prefix: KeyPrefix?, _ encryption: Encryption?
    ) throws(Stale) {
        guard var entry = apart(lane), var intent = entry.intent, intent == known else { throw .moved }
        for i in intent.entries.indices {
            (intent.entries[i].bucket, intent.entries[i].prefix) = (bucket, prefix)
            intent.entries[i].encryption = encryption
        }
        guard intent != known else { throw .moved }
        entry.intent = intent
        set(lane, entry)
    }

    /// The operator gives up what a lane apart could not deliver: it is recorded, not put, until the lane is with the others.
    package mutating func abandon(_ lane: Lane) throws(Stale) {
        guard var entry = apart(lane), entry.failure != nil else { throw .moved }
        entry.isAbandoned = true
        set(lane, entry)
    }

    /// Notes why a lane apart does not get on.
    package mutating func note(_ failure: String, of lane: Lane) throws(Stale) {
        guard var entry = apart(lane), entry.failure != failure else { throw .moved }
        entry.failure = failure
        set(lane, entry)
    }
}
