import CairnDelivery
import CairnFormat
import CairnLog
import CairnSystem
import Logging

/// What lanes that are held keep in the log.
extension DoorPart {
    /// How many segments of a partition are thinned in one go when room is short.
    private static let hastyCount = 16

    /// Takes out of old segments what only others than the held lanes needed: of each partition one, more when room is short.
    ///
    /// A held lane needs its own events from its place on, and what it needs may stand anywhere before the shared place; what
    /// lies behind that is everybody's. Places only grow, so what was taken out is never needed again: a lane that is set
    /// apart later begins behind it.
    ///
    /// - Parameters:
    ///   - cursors: of all partitions.
    ///   - followers: the first sequence of each that event history or a destination of single events is waited for.
    func thin(_ cursors: [Cursor], followers: [UInt64?]) async {
        let now = seams.time.now.milliseconds
        for (i, cursor) in cursors.enumerated() {
            let held = cursor.apart.filter { $0.next < cursor.next }
            guard let since = held.map(\.since).min() else { continue }
            let isLong = now - since >= settings.thinning.age.milliseconds
            let isTight = budget.isTight
            let isLarge = await logs[i].bounds().byteCount >= settings.thinning.byteCount
            guard isLong || isLarge || isTight else { continue }
            var needed: [AccountRegion: UInt64] = [:]
            for entry in held {
                let origin = AccountRegion(account: entry.lane.account, region: entry.lane.region)
                needed[origin] = min(needed[origin] ?? .max, entry.next)
            }
            let window = settings.intake.windowMilliseconds
            for quarters in isTight ? [4, 3, 2, 1, 0] : [4] as [Int64] {
                var count = 0
                while count == 0 || (budget.isTight && count < Self.hastyCount) {
                    let thinned: ThinnedSegment?
                    do throws(LogError) {
                        thinned = try await partitions[i].thin(
                            upTo: budget.isCrowded ? cursor.next : min(cursor.next, followers[i] ?? .max),
                            keeping: window * quarters / 4, needed: needed)
                    } catch {
                        logger.error(
                            "an old segment of the log cannot be thinned; it is tried again",
                            metadata: ["partition": "\(i)", "error": "\(error)"])
                        thinned = nil
                    }
                    guard let thinned else { break }
                    count += 1
                    logger.notice(
                        "what held lanes do not need was taken out of an old segment of the log",
                        metadata: [
                            "file": "\(thinned.path)", "bytes": "\(thinned.byteCounts.before)",
                            "bytesLeft": "\(thinned.byteCounts.after)", "batches": "\(thinned.dropped.count)",
                            "heldLanes": "\(held.count)",
                        ])
                }
                if count > 0 { break }
            }
        }
    }
}
