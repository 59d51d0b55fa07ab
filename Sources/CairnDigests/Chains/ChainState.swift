import CairnFormat

/// What a keeper of digests holds of one chain in memory: its head, and where its entries stand.
struct ChainState: Sendable {
    var head: ChainHead
    /// The revision the head was read at; nil: it is not written yet.
    var revision: UInt64?
    /// Places of the `delivered` log that are not digested, ascending: eight bytes each, whatever the entries hold.
    var places: [UInt64] = []
    /// The latest time of an entry that is not digested, in ms since 1970.
    var latest: Int64 = .min
    /// Whether a start or stop is among them.
    var hasTurn = false
    /// No attempt before this, in uptime, after one that failed.
    var notBefore: Duration = .zero
    var failureCount = 0
    /// The newest backfill digest. Only `cairn fsck` makes them, and not while a keeper works.
    var backfill: DigestBody.Previous?
    /// What failed last, for status.
    var failure: String?

    private let chance: Int64

    init(_ head: ChainHead, revision: UInt64?) {
        (self.head, self.revision) = (head, revision)
        chance = ChainHead.chance(head.name)
    }

    mutating func note(_ record: DeliveredRecord, at place: UInt64) {
        guard place >= head.position else { return }
        places.append(place)
        latest = max(latest, record.at)
        if record.kind == .start || record.kind == .stop { hasTurn = true }
    }

    /// When the clock closes the window, in seconds since 1970; nil while the chain is closed.
    func nextEnd(period: Int64) -> Int64? {
        head.isOpen ? head.nextEnd(period: period, chance: chance).seconds : nil
    }

    /// Whether a look at the entries would find a digest to make.
    func isDue(now: Int64, period: Int64) -> Bool {
        if head.intent != nil || hasTurn { return true }
        guard let end = nextEnd(period: period) else { return false }
        return now >= end || latest >= end * 1_000 || places.count > DigestWindow.fileCountMax
    }

    /// A digest is committed: what it covers is let go.
    mutating func commit(_ head: ChainHead, revision: UInt64?) {
        (self.head, self.revision) = (head, revision)
        places.removeAll { $0 < head.position }
        if places.isEmpty { (latest, hasTurn) = (.min, false) }
        (failureCount, failure, notBefore) = (0, nil, .zero)
    }

    /// A look found nothing due: a start or stop among the entries was a copy, or not the last. While the chain is closed,
    /// nothing before its next start matters.
    mutating func settle() {
        hasTurn = false
        if !head.isOpen { (places, latest) = ([], .min) }
    }

    /// What has to be kept of the `delivered` log for this chain.
    func floor(seen: UInt64) -> UInt64 { min(seen, places.first ?? .max) }
}
