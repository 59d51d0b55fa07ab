import CairnFormat

/// How far the digests of one account and Region reach, over all trails: what lies behind it may not be listed yet.
struct AreaCoverage {
    /// How much later than its name says a file may be delivered, in seconds; names have whole minutes besides.
    static let lateness: Int64 = 360

    /// The latest end of a signed digest.
    private(set) var end: EventTime?
    /// Up to where a digest without a signature may list files.
    private(set) var unsignedEnd: EventTime?
    /// The longest interval.
    private(set) var period: Int64 = 0
    /// Whether every chain says that it has ended: nothing follows.
    private(set) var isOver = false

    mutating func take(_ walk: ChainWalk, period standard: Int64) {
        let signed = walk.newestSigned
        let period = signed?.document?.cairn.map { Int64($0.periodSeconds) } ?? standard
        let isFinal = signed?.document?.cairn?.kind == "final" && signed?.end == walk.newest?.end
        isOver = isFinal && (isOver || self.period == 0)
        self.period = max(self.period, period)
        guard let reached = signed?.end else { return }
        end = max(end ?? reached, reached)
        if let newest = walk.newest, walk.isPlain, newest.signature == nil, newest.end > reached {
            let limit = EventTime(seconds: min(newest.end.seconds, reached.seconds + period))
            unsignedEnd = max(unsignedEnd ?? limit, limit)
        }
    }

    /// Whether a file of a time that no digest lists may be listed yet.
    ///
    /// - Parameters:
    ///   - isLast: whether digests behind the end were not asked for.
    ///   - isClaimed: whether a newest digest without a signature lists it.
    func mayCome(_ time: EventTime, now: EventTime, isLast: Bool, isClaimed: Bool) -> Bool {
        guard let end, !isOver, time.seconds > end.seconds - Self.lateness else { return false }
        // The digest that would list it is not due yet.
        let isFresh =
            time.seconds <= now.seconds + 300 && time.seconds + period + Scope.grace + Self.lateness >= now.seconds
        return isFresh || (isLast && time <= end) || (isClaimed && unsignedEnd.map { time <= $0 } ?? false)
    }
}
