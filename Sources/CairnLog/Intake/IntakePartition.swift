package import CairnFormat
package import CairnKeys
import CairnNative
package import CairnSystem

/// One partition's door: recognises what came before, appends the rest, and answers when it is durable.
package actor IntakePartition {
    /// What became of an event that was acceptable.
    package enum Outcome: Sendable, Equatable {
        case stored
        /// It had come before; nothing was added.
        case duplicate
        /// Stored, though its `eventID` had come before with other bytes or from another sender.
        case conflicting
    }

    /// An append under way: how it ended, and who waits to hear of it.
    private final class Append {
        var outcome: Result<Void, LogError>?
        var waiting: [CheckedContinuation<Result<Void, LogError>, Never>] = []
    }

    /// An event of an append, and what the window knew of it before.
    private struct Fresh {
        var event: AcceptedEvent
        var isKeyNew: Bool
    }

    /// The largest payload of one entry: a batch above it is split.
    private static let batchByteCountMax = 4 << 20

    private let log: SegmentLog
    private let budget: LogBudget
    private let random: any RandomSource
    private var clock: LogClock
    /// Since when nothing came, or since the log was opened, in uptime.
    private var quietSince: Duration
    private let time: any TimeSource
    private var window: DuplicateWindow
    private var tally: LogTally
    /// The events of the appends under way.
    private var flying: [EventOutline.Fingerprint: Append] = [:]

    private init(
        log: SegmentLog, budget: LogBudget, random: any RandomSource, clock: LogClock, time: any TimeSource,
        window: DuplicateWindow, tally: LogTally
    ) {
        self.log = log
        self.budget = budget
        self.random = random
        self.clock = clock
        quietSince = time.uptime
        self.time = time
        self.window = window
        self.tally = tally
    }

    /// Opens a partition's log for writing and learns from it what came in within the window.
    ///
    /// - Parameter known: a sequence that the partition's cursor knows to have been durable.
    /// - Returns: also all gaps that the log has, those of earlier starts too, whose report may have failed.
    package static func open(
        disk: any Disk,
        random: any RandomSource,
        time: any TimeSource,
        keys: LogKeys,
        directory: String,
        quarantine: String,
        segments: SegmentLimits,
        limits: IntakeLimits,
        budget: LogBudget,
        known: UInt64
    ) async throws(LogError) -> (partition: IntakePartition, log: SegmentLog, gaps: [LogGap]) {
        var window = DuplicateWindow(
            milliseconds: limits.windowMilliseconds, countMax: limits.windowCountMax,
            seed: random.bytes(8).number(at: 0))
        var clock = LogClock(gapMilliseconds: limits.gapMilliseconds)
        var segments = segments
        segments.gapMilliseconds = limits.gapMilliseconds
        var tally = LogTally()
        var old: [LogGap] = []
        let (log, gaps) = try await SegmentLog.open(
            disk: disk, random: random, time: time, keys: keys, directory: directory, quarantine: quarantine,
            limits: segments,
            known: known, window: limits.windowMilliseconds,
            pass: { sequences, summary in
                clock.skip(summary.active, until: summary.last)
                tally.add(summary.accounts, in: sequences)
                for (account, byteCount) in summary.accounts { budget.count(byteCount, of: account) }
            }
        ) { frame, chunk in
            if frame.kind != .gap { clock.note(frame.at) }
            if frame.kind == .gap {
                old.append(
                    LogGap(
                        file: directory, offset: 0, from: frame.sequence, until: frame.sequence + frame.span,
                        reason: "found by an earlier start"))
            }
            guard frame.kind == .batch, let batch = try? Batch(chunk.bytes, frame.payload) else { return }
            tally.add(frame.payload.count, of: batch.account, at: frame.sequence)
            budget.count(frame.payload.count, of: batch.account)
            for i in 0..<batch.count {
                let (outline, _) = batch.outline(i)
                if !outline.hasMadeUpID { window.add(outline, at: clock.passed) }
            }
        }
        let partition = IntakePartition(
            log: log, budget: budget, random: random, clock: clock, time: time, window: window, tally: tally)
        return (partition, log, old + gaps)
    }

    /// Writes lots of events down, and returns when they are durable. Each lot is taken whole or not at all.
    ///
    /// - Parameters:
    ///   - lots: each the events of one account and Region, at least one; they stand in `buffer`.
    ///   - isShared: whether other accounts have a share of the log.
    /// - Returns: what became of each lot's events, in order, or why it was not taken.
    package func accept(
        _ lots: [[AcceptedEvent]],
        from buffer: [UInt8],
        principal: String,
        peer: String,
        isShared: Bool,
        now: Timestamp
    ) async -> [Result<[Outcome], IntakeError>] {
        clock.note(now.milliseconds)
        quietSince = time.uptime
        var plans = lots.map { plan($0) }
        var entries: [LogEntry] = []
        // Ids are drawn for all at once: each draw is a call to the kernel.
        var ids = random.bytes(16 * (plans.reduce(0) { $0 + $1.parts.count }))[...]
        for i in plans.indices {
            let mine = plans[i].parts.map { part in
                defer { ids = ids.dropFirst(16) }
                return LogEntry(
                    kind: .batch,
                    id: LogID(Array(ids.prefix(16))),
                    at: now.milliseconds,
                    payload: Batch.encode(
                        part, from: buffer, principal: principal, peer: peer, receivedAt: now.milliseconds),
                    account: part[0].account
                )
            }
            plans[i].byteCount = mine.reduce(0) { $0 + $1.payload.count }
            do throws(IntakeError) {
                try budget.take(plans[i].byteCount, of: plans[i].account, isShared: isShared)
            } catch {
                plans[i].refusal = error
                end(plans[i], .failure(.full(error.description)))
                continue
            }
            plans[i].entryCount = mine.count
            entries += mine
        }
        do throws(LogError) {
            var sequences = (entries.isEmpty ? [] : try await log.append(entries))[...]
            var rest = entries[...]
            for plan in plans where plan.refusal == nil {
                for (entry, sequence) in zip(rest.prefix(plan.entryCount), sequences) {
                    tally.add(entry.payload.count, of: plan.account, at: sequence)
                }
                rest = rest.dropFirst(plan.entryCount)
                sequences = sequences.dropFirst(plan.entryCount)
                end(plan, .success(()))
            }
        } catch {
            for i in plans.indices where plans[i].refusal == nil {
                budget.release(plans[i].byteCount)
                budget.settle(plans[i].byteCount, of: plans[i].account)
                plans[i].refusal = .log(error)
                end(plans[i], .failure(error))
            }
        }
        var results: [Result<[Outcome], IntakeError>] = []
        for plan in plans { results.append(await outcome(of: plan)) }
        return results
    }

    /// What is to be done with a lot.
    private struct Plan {
        var account: AccountID
        var append = Append()
        var outcomes: [Outcome] = []
        var fresh: [Fresh] = []
        /// The events to be written, split where an entry would be too large.
        var parts: [[AcceptedEvent]] = []
        /// The appends of others that must be durable before this lot's duplicates may be acknowledged.
        var awaited: [Append] = []
        var byteCount = 0
        var entryCount = 0
        var refusal: IntakeError?
    }

    private func plan(_ events: [AcceptedEvent]) -> Plan {
        var plan = Plan(account: events[0].account)
        plan.outcomes.reserveCapacity(events.count)
        plan.fresh.reserveCapacity(events.count)
        for event in events {
            guard !event.outline.hasMadeUpID else {
                plan.outcomes.append(.stored)
                plan.fresh.append(Fresh(event: event, isKeyNew: false))
                continue
            }
            let identity = DuplicateWindow.identity(event.outline)
            let verdict = window.verdict(event.outline)
            switch verdict {
            case .duplicate:
                plan.outcomes.append(.duplicate)
                // The first may be in flight right now.
                if let first = flying[identity], first !== plan.append, !plan.awaited.contains(where: { $0 === first })
                {
                    plan.awaited.append(first)
                }
            case .new, .conflict:
                plan.outcomes.append(verdict == .new ? .stored : .conflicting)
                window.add(event.outline, at: clock.passed)
                flying[identity] = plan.append
                plan.fresh.append(Fresh(event: event, isKeyNew: verdict == .new))
            }
        }
        plan.parts = Self.split(plan.fresh.map(\.event))
        return plan
    }

    /// How a lot ended, as soon as all that its duplicates repeat is durable.
    private func outcome(of plan: Plan) async -> Result<[Outcome], IntakeError> {
        if let refusal = plan.refusal { return .failure(refusal) }
        for first in plan.awaited {
            let outcome: Result<Void, LogError>
            if let known = first.outcome {
                outcome = known
            } else {
                outcome = await withCheckedContinuation { first.waiting.append($0) }
            }
            if case .failure(let failure) = outcome { return .failure(.log(failure)) }
        }
        return .success(plan.outcomes)
    }

    /// Tells those who wait how a lot's append ended. What failed leaves the window.
    private func end(_ plan: Plan, _ outcome: Result<Void, LogError>) {
        for fresh in plan.fresh where !fresh.event.outline.hasMadeUpID {
            flying.removeValue(forKey: DuplicateWindow.identity(fresh.event.outline))
            if case .failure = outcome { window.remove(fresh.event.outline, withKey: fresh.isKeyNew) }
        }
        plan.append.outcome = outcome
        for waiter in plan.append.waiting { waiter.resume(returning: outcome) }
        plan.append.waiting = []
    }

    private static func split(_ events: [AcceptedEvent]) -> [[AcceptedEvent]] {
        var parts: [[AcceptedEvent]] = []
        var byteCount = 0
        for event in events {
            if parts.isEmpty || byteCount + event.byteCount > batchByteCountMax {
                parts.append([])
                byteCount = 0
            }
            parts[parts.count - 1].append(event)
            byteCount += event.byteCount + 1
        }
        return parts
    }

    /// Appends a marker: from here on matcher revision `revision` is in force.
    package func mark(_ revision: UInt64, now: Timestamp) async throws(LogError) {
        var id = [UInt8](repeating: 0, count: 8)
        id.append(number: revision)
        var payload: [UInt8] = []
        payload.append(number: revision)
        _ = try await log.append(LogEntry(kind: .marker, id: LogID(id), at: now.milliseconds, payload: payload))
    }

    /// Notes that everything before `sequence` is delivered, but for the lanes of the accounts in `held`: it no longer
    /// counts against the others' shares.
    package func settle(upTo sequence: UInt64, held: Set<AccountID>) {
        for (account, byteCount) in tally.settle(upTo: sequence, held: held) { budget.settle(byteCount, of: account) }
    }

    /// Lets the log go up to `sequence`, but for what came in within a time in which something came, or could have.
    package func trim(upTo sequence: UInt64, keeping milliseconds: Int64) async throws(LogError) {
        // The door is there: who wanted to send again could have.
        let quiet = (time.uptime - quietSince).milliseconds
        try await log.trim(upTo: sequence, keeping: max(0, milliseconds - quiet))
        await giveBack()
    }

    /// Takes out of one segment before `sequence` what only others than those in `needed` sent, whose places they are.
    package func thin(
        upTo sequence: UInt64, keeping milliseconds: Int64, needed: [AccountRegion: UInt64]
    ) async throws(LogError) -> ThinnedSegment? {
        let quiet = (time.uptime - quietSince).milliseconds
        guard
            let thinned = try await log.thin(
                upTo: sequence, keeping: max(0, milliseconds - quiet), needed: needed)
        else { return nil }
        for batch in thinned.dropped {
            let freed = tally.drop(batch.byteCount, of: batch.account, at: batch.sequence)
            budget.release(freed.all)
            budget.settle(freed.account, of: batch.account)
        }
        return thinned
    }

    /// Lets everything go if all of it is before `sequence`, also what stands in the segment that is being written.
    package func drain(upTo sequence: UInt64) async throws(LogError) {
        guard await log.end() <= sequence else { return }
        try await log.roll()
        try await log.trim(upTo: sequence, keeping: 0)
        await giveBack()
    }

    private func giveBack() async {
        let dropped = tally.trim(to: await log.bounds().first)
        budget.release(dropped.byteCount)
        for (account, byteCount) in dropped.accounts { budget.settle(byteCount, of: account) }
    }
}
