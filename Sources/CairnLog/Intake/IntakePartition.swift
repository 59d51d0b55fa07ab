package import CairnFormat
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

    /// The largest payload of one entry: a batch above it is split.
    private static let batchByteCountMax = 4 << 20

    private let log: SegmentLog
    private let budget: LogBudget
    private let random: any RandomSource
    private var window: DuplicateWindow
    private var tally: LogTally
    /// The appends under way, by number, and who waits to hear how they end.
    private var appends: [UInt64: [CheckedContinuation<LogError?, Never>]] = [:]
    /// The events of the appends under way.
    private var flying: [EventOutline.Fingerprint: UInt64] = [:]
    private var appendCount: UInt64 = 0
    /// How the last failed appends ended, for those who ask after it is over.
    private var failures: [UInt64: LogError] = [:]

    private init(
        log: SegmentLog, budget: LogBudget, random: any RandomSource, window: DuplicateWindow, tally: LogTally
    ) {
        self.log = log
        self.budget = budget
        self.random = random
        self.window = window
        self.tally = tally
    }

    /// Opens a partition's log for writing and learns from it what came in within the window.
    ///
    /// - Parameter known: the sequence that the partition's cursor has reached.
    package static func open(
        disk: any Disk,
        random: any RandomSource,
        directory: String,
        quarantine: String,
        segments: SegmentLimits,
        limits: IntakeLimits,
        budget: LogBudget,
        known: UInt64,
        now: Timestamp
    ) async throws(LogError) -> (partition: IntakePartition, log: SegmentLog, gaps: [LogGap]) {
        var window = DuplicateWindow(
            milliseconds: limits.windowMilliseconds, countMax: limits.windowCountMax, now: now.milliseconds)
        var tally = LogTally()
        let (log, gaps) = try await SegmentLog.open(
            disk: disk, random: random, directory: directory, quarantine: quarantine, limits: segments, known: known
        ) { frame, chunk in
            guard frame.kind == .batch, let batch = try? Batch(chunk.bytes, frame.payload) else { return }
            tally.add(frame.payload.count, of: batch.account, at: frame.sequence)
            budget.count(frame.payload.count, of: batch.account)
            guard frame.at >= now.milliseconds - limits.windowMilliseconds else { return }
            for i in 0..<batch.count {
                if let (outline, _) = batch.outline(i), !outline.hasMadeUpID { window.add(outline, at: frame.at) }
            }
        }
        let partition = IntakePartition(log: log, budget: budget, random: random, window: window, tally: tally)
        return (partition, log, gaps)
    }

    /// Writes events of one account and Region down, and returns when they are durable.
    ///
    /// - Parameters:
    ///   - events: stand in `buffer`; all of the same account and Region.
    ///   - isShared: whether other accounts have a share of the log.
    /// - Returns: what became of each, in order.
    package func accept(
        _ events: [AcceptedEvent],
        from buffer: [UInt8],
        principal: String,
        peer: String,
        isShared: Bool,
        now: Timestamp
    ) async throws(IntakeError) -> [Outcome] {
        guard let account = events.first?.account else { return [] }
        var outcomes: [Outcome] = []
        outcomes.reserveCapacity(events.count)
        var fresh: [AcceptedEvent] = []
        fresh.reserveCapacity(events.count)
        appendCount += 1
        let number = appendCount
        // A duplicate is acknowledged only when the first is durable, which may be in flight right now.
        var awaited: Set<UInt64> = []
        for event in events {
            let verdict = event.outline.hasMadeUpID ? .new : window.verdict(event.outline)
            switch verdict {
            case .duplicate:
                outcomes.append(.duplicate)
                if let first = flying[DuplicateWindow.identity(event.outline)], first != number {
                    awaited.insert(first)
                }
            case .new, .conflict:
                outcomes.append(verdict == .new ? .stored : .conflicting)
                if !event.outline.hasMadeUpID {
                    window.add(event.outline, at: now.milliseconds)
                    flying[DuplicateWindow.identity(event.outline)] = number
                }
                fresh.append(event)
            }
        }
        let entries = Self.split(fresh).map { part in
            LogEntry(
                kind: .batch,
                id: LogID(random.bytes(16)),
                at: now.milliseconds,
                payload: Batch.encode(
                    part, from: buffer, principal: principal, peer: peer, receivedAt: now.milliseconds)
            )
        }
        let byteCount = entries.reduce(0) { $0 + $1.payload.count }
        appends[number] = []
        do throws(IntakeError) {
            try budget.take(byteCount, of: account, isShared: isShared)
        } catch {
            end(number, fresh, failure: .full(error.description))
            throw error
        }
        do throws(LogError) {
            let sequences = entries.isEmpty ? [] : try await log.append(entries)
            for (entry, sequence) in zip(entries, sequences) {
                tally.add(entry.payload.count, of: account, at: sequence)
            }
        } catch {
            budget.release(byteCount, of: account)
            end(number, fresh, failure: error)
            throw .log(error)
        }
        end(number, fresh, failure: nil)
        for first in awaited.sorted() {
            var failure = failures[first]
            if appends[first] != nil {
                failure = await withCheckedContinuation { appends[first, default: []].append($0) }
            }
            if let failure { throw .log(failure) }
        }
        return outcomes
    }

    /// Tells those who wait how an append ended. What failed leaves the window.
    private func end(_ number: UInt64, _ events: [AcceptedEvent], failure: LogError?) {
        for event in events where !event.outline.hasMadeUpID {
            flying.removeValue(forKey: DuplicateWindow.identity(event.outline))
            if failure != nil { window.remove(event.outline) }
        }
        if let failure {
            failures[number] = failure
            if failures.count > 1_000, let oldest = failures.keys.min() { failures.removeValue(forKey: oldest) }
        }
        for waiter in appends.removeValue(forKey: number) ?? [] { waiter.resume(returning: failure) }
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

    /// Lets the log go up to `sequence`, but for what the window of duplicates needs.
    package func trim(upTo sequence: UInt64, olderThan: Int64) async throws(LogError) {
        try await log.trim(upTo: sequence, olderThan: olderThan)
        for (account, byteCount) in tally.trim(to: await log.bounds().first) { budget.release(byteCount, of: account) }
    }
}
