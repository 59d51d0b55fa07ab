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

    /// Does `work` while the clock is believed; stops it when it leaps, and begins it again, until the task is cancelled.
    func whileBelieved(_ work: @escaping @Sendable () async -> Void) async {
        while !Task.isCancelled {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await work() }
                group.addTask { await untilLeap() }
                await group.next()
                group.cancelAll()
            }
            await untilBelieved()
        }
    }

    /// Where nothing has to be held: sees only to it that the clock is believed again when an operator says so.
    func watch() async {
        await whileBelieved { while (try? await time.sleep(for: .seconds(3_600))) != nil {} }
    }

    private func untilLeap() async {
        while time.leap == nil { do { try await time.sleep(for: Self.interval) } catch { return } }
    }

    private func untilBelieved() async {
        guard let found = time.leap else { return }
        // What was accepted before this leap, once it could be read.
        var before: Catalog.ClockAcceptance??
        var round = 0
        while !Task.isCancelled, let leap = time.leap {
            do throws(CatalogError) {
                let accepted = try await catalog.clockAcceptance()
                // Before we looked at all, a clock that leapt ahead can only have been accepted since if it said more than it
                // would have said without the leap.
                let isAhead = !found.isFromStart && accepted?.wall.map { $0 > found.expected.milliseconds } ?? false
                if isAhead || before.map({ $0 != accepted }) ?? false {
                    logger.notice("the clock is accepted", metadata: ["now": "\(leap.wall.iso8601)"])
                    time.accept()
                    return
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
