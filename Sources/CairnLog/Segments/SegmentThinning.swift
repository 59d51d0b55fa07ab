import CairnFormat
import CairnNative

/// Writes a segment anew, frame by frame, without the batches of those who do not need it any more.
///
/// What it makes is a segment of its own, with an id and a key of its own: everything is sealed anew.
struct SegmentThinning {
    /// Whose batches stay.
    private let kept: Set<AccountRegion>
    private let first: UInt64
    private let id: LogID
    private let seal: SegmentSeal

    private(set) var bytes: [UInt8]
    /// The batches that were taken out.
    private(set) var dropped: [ThinnedSegment.Batch] = []
    /// The sequence that comes next.
    private(set) var next: UInt64
    /// Whether the footer was seen.
    private(set) var isClosed = false
    private var summary = SegmentSummary()
    /// What was taken out behind the last frame that stays.
    private var run: (from: UInt64, at: Int64, kept: Set<AccountRegion>)?

    /// - Parameters:
    ///   - id: of the new segment.
    ///   - newest: the latest time of an entry in the old one, in ms since 1970.
    ///   - active: the time in which it was written to, in ms.
    init(
        first: UInt64, id: LogID, keeping kept: Set<AccountRegion>, newest: Int64, active: Int64, _ seal: SegmentSeal
    ) {
        self.kept = kept
        self.first = first
        self.id = id
        self.seal = seal
        next = first
        summary.newest = newest
        summary.active = active
        bytes = SegmentFormat.encode(
            .init(first: first, id: id, previousFooter: 0, previousClosed: false), seal)
    }

    /// Takes the next frame of the old segment, which stands in `source`. False when it is not the next one, or no frame
    /// that could be understood.
    mutating func take(_ found: SegmentFormat.Found, of source: [UInt8]) -> Bool {
        let frame = found.frame
        guard frame.sequence == next, !isClosed else { return false }
        switch frame.kind {
        case .footer:
            isClosed = true
            return true
        case .batch:
            guard let batch = try? Batch(source, frame.payload) else { return false }
            let origin = AccountRegion(account: batch.account, region: batch.region)
            if kept.contains(origin) {
                keep(found, of: source, account: batch.account)
            } else {
                dropped.append(
                    ThinnedSegment.Batch(
                        sequence: frame.sequence, account: batch.account, byteCount: frame.payload.count))
                drop(frame, besides: kept)
            }
        case .thinned:
            guard let old = ThinnedRun(Array(source[frame.payload])) else { return false }
            drop(frame, besides: kept.intersection(old.kept))
        case .gap:
            // Whoever starts next may have to report it, and would not read a segment that is closed in order.
            return false
        default:
            keep(found, of: source, account: nil)
        }
        next = frame.sequence + frame.span
        summary.last = frame.at
        return true
    }

    private mutating func drop(_ frame: LogFrame, besides kept: Set<AccountRegion>) {
        if let run, run.kept == kept { return }
        endRun(before: frame.sequence)
        run = (frame.sequence, frame.at, kept)
    }

    private mutating func keep(_ found: SegmentFormat.Found, of source: [UInt8], account: AccountID?) {
        let frame = found.frame
        endRun(before: frame.sequence)
        let payload = Array(source[frame.payload])
        if let account { summary.accounts[account, default: 0] += payload.count }
        SegmentFormat.append(
            LogEntry(kind: frame.kind, id: frame.id, at: frame.at, payload: payload), sequence: frame.sequence,
            groupFirst: found.groupFirst, segment: id, seal, to: &bytes)
    }

    private mutating func endRun(before sequence: UInt64) {
        guard let ended = run else { return }
        run = nil
        SegmentFormat.append(
            LogEntry(
                kind: .thinned, id: LogID(high: .max, low: ended.from), at: ended.at,
                payload: ThinnedRun(span: sequence - ended.from, kept: ended.kept).bytes),
            sequence: ended.from, groupFirst: first, segment: id, seal, to: &bytes)
    }

    /// Ends the new segment in order.
    mutating func finish() {
        endRun(before: next)
        SegmentFormat.append(
            LogEntry(
                kind: .footer, id: LogID([UInt8](repeating: 0, count: 16)), at: 0, payload: summary.bytes ?? []),
            sequence: next, groupFirst: next, segment: id, seal, to: &bytes)
    }
}
