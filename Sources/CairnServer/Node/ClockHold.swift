import CairnCatalog
import CairnDelivery
import CairnSystem
import Logging

/// Holds what writes times down for good, cuts and digests, while the wall clock is not believed.
struct ClockHold: Sendable {
    let time: GuardedTime
    let catalog: Catalog
    let findings: FindingLog
    let logger: Logger

    /// How often the clock is looked at.
    private static let interval = Duration.seconds(1)
    /// How long after an operator said that the clock is right a node may hear of it. A clock that is further from what it said
    /// then has leapt again, and that nobody accepted.
    private static let hearing = Duration.seconds(600)
    /// A correction that a time service may have made since.
    private static let correction = Duration.seconds(60)

    /// Holds the clock against the newest cut of all partitions, when a node starts.
    ///
    /// - Parameter isKept: whether a time service keeps it.
    func judgeStart(partitionCount: Int, isKept: Bool) async throws(CatalogError) {
        guard !isKept else { return }
        var newest: Int64 = 0
        for partition in 0..<partitionCount {
            newest = max(newest, try await CursorDocument(catalog: catalog, partition: partition).read().at)
        }
        if newest > 0 { time.doubt(since: Timestamp(milliseconds: newest)) }
    }

    /// Does the work of a partition while the clock is believed; stops it when it leaps, and begins it again, until the task is
    /// cancelled. What is under way when it leaps is finished, by the time that it was begun with.
    func whileBelieved(partition: Int, _ work: @escaping @Sendable () async -> Void) async {
        while !Task.isCancelled {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await work() }
                group.addTask { await wait { time.leap != nil } }
                await group.next()
                group.cancelAll()
            }
            if time.leap == nil { continue }
            logger.notice("a partition waits for the clock", metadata: ["partition": "\(partition)"])
            await wait { time.leap == nil }
        }
    }

    /// Says when the clock leaps, and believes it again when an operator says so, until the task is cancelled.
    func watch() async {
        while !Task.isCancelled {
            await wait { time.leap != nil }
            await untilBelieved()
        }
    }

    private func wait(until isSo: () -> Bool) async {
        while !isSo() { do { try await time.sleep(for: Self.interval) } catch { return } }
    }

    private func untilBelieved() async {
        guard let found = time.leap else { return }
        // What was accepted before this leap, once it could be read.
        var before: Catalog.ClockAcceptance??
        var round = 0
        while !Task.isCancelled, let leap = time.leap {
            do throws(CatalogError) {
                let accepted = try await catalog.clockAcceptance()
                if let accepted, before != .some(accepted), isNew(accepted, since: found, isFirst: before == nil) {
                    if isNear(leap.wall, accepted.wall) {
                        logger.notice("the clock is accepted", metadata: ["now": "\(leap.wall.iso8601)"])
                        time.accept()
                        return
                    }
                    logger.error(
                        "the clock is not what was accepted: look at it again, then 'cairn clock accept' once more",
                        metadata: [
                            "clock": "\(leap.wall.iso8601)",
                            "accepted": "\(Timestamp(milliseconds: accepted.wall).iso8601)",
                        ])
                }
                before = .some(accepted)
            } catch { logger.error("whether the clock is accepted cannot be read", metadata: ["error": "\(error)"]) }
            if round == 0 { await report(leap) }
            if round % 60 == 0 {
                logger.error(
                    "the clock is not believed: delivery and digests wait",
                    metadata: ["clock": "\(leap.wall.iso8601)", "expected": "\(leap.expected.iso8601)"])
            }
            round += 1
            do { try await time.sleep(for: Self.interval) } catch { return }
        }
        if !Task.isCancelled { logger.notice("the clock is believed again", metadata: ["now": "\(time.now.iso8601)"]) }
    }

    /// Whether somebody accepted the clock after it leapt. When we look for the first time, that can only have been if it said
    /// more than it would have said without the leap.
    private func isNew(_ accepted: Catalog.ClockAcceptance, since leap: GuardedTime.Leap, isFirst: Bool) -> Bool {
        !isFirst || (!leap.isFromStart && accepted.wall > leap.expected.milliseconds)
    }

    private func isNear(_ wall: Timestamp, _ accepted: Int64) -> Bool {
        let since = wall - Timestamp(milliseconds: accepted)
        return since >= .zero - Self.correction && since <= Self.hearing
    }

    private func report(_ leap: GuardedTime.Leap) async {
        await findings.add(
            kind: .clockLeapt, subject: "clock",
            text: (leap.isFromStart
                ? "the wall clock says \(leap.wall.iso8601), more than a day after the newest cut, and the kernel says that no "
                    + "time service keeps it (adjtimex): no log file is "
                : "the wall clock says \(leap.wall.iso8601), and by the time that passed it is \(leap.expected.iso8601): no log "
                    + "file is ")
                + "cut and no digest made until it returns. Events are taken in meanwhile. Find out who set the clock; if it is right "
                + "now: 'cairn clock accept'")
    }
}
