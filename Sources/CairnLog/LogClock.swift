/// The time in which a log was written to, by the times of its entries: what lies between two of them counts for no more than a
/// limit, and nothing where a clock was set back. Entries that come a little out of order are none of its business. While nobody
/// writes, nobody could have sent again.
struct LogClock: Sendable, Equatable {
    private let gapMilliseconds: Int64
    /// In ms, since the first entry that it was told of.
    private(set) var passed: Int64 = 0
    private var last: Int64?

    /// - Parameter gapMilliseconds: what two entries may be apart, at most.
    init(gapMilliseconds: Int64) { self.gapMilliseconds = gapMilliseconds }

    /// Goes on to an entry that came in at a time, in ms since 1970.
    ///
    /// - Returns: by how much it went on.
    @discardableResult
    mutating func note(_ at: Int64) -> Int64 {
        guard let before = last else {
            last = at
            return 0
        }
        if at < before, before - at <= gapMilliseconds { return 0 }
        let gap = min(max(0, at - before), gapMilliseconds)
        (passed, last) = (passed + gap, at)
        return gap
    }

    /// Goes on over entries that are not looked at, the last of which came in at a time.
    mutating func skip(_ active: Int64, until at: Int64) { (passed, last) = (passed + active, at) }
}
