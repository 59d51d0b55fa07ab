package import CairnKeys
import CairnNative
package import CairnSystem

/// The embedded log: preallocated segment files of frames, each group of frames made durable by one sync.
///
/// Appends that come while a sync is running share the next one. The first of them leads: it writes for all, then hands
/// the lead to the first that waits, so no task runs when nobody appends. After a failed write or sync the segment is
/// given up and the next group begins a new one: a sync that failed says nothing about what it should have kept.
///
/// One process writes a log, which the caller ensures by a lock; any number read it through ``ReadOnlyLog``.
package actor SegmentLog: EventLog {
    struct Segment {
        var first: UInt64
        var byteCount: Int
        /// The latest time of an entry in it.
        var newest: Int64
        /// The time in which it was written to, in ms.
        var active: Int64 = 0
        /// Whose batches it was last thinned for, or found not worth it; nil: it was not tried since the start.
        var thinnedFor: Set<AccountRegion>?
    }

    struct Active {
        var file: DiskFile
        var id: LogID
        var offset: Int
        var lastChecksum: UInt32
        var summary = SegmentSummary()
        /// Whether somebody took its file away: nothing is written to it any more, and it stays open until it is made again.
        var isGone = false
    }

    private enum Outcome {
        case written(Result<[UInt64], LogError>)
        /// Your turn to write, for yourself and for those behind you.
        case lead
    }

    private struct Waiting {
        /// None for a flush.
        let entries: [LogEntry]
        let byteCount: Int
        var continuation: CheckedContinuation<Outcome, Never>?

        init(_ entries: [LogEntry]) {
            self.entries = entries
            byteCount = entries.reduce(0) { $0 + $1.payload.count + SegmentFormat.overheadByteCount }
        }
    }

    let disk: any Disk
    let random: any RandomSource
    let directory: String
    private let limits: SegmentLimits
    private let reader: SegmentReader
    private let mark: DiskFile
    let seal: SegmentSeal

    var segments: [Segment]
    var active: Active?
    var previous: (footer: UInt32, closed: Bool)
    private var next: UInt64
    private var ids: RecentIDs
    private var clock: LogClock

    private var waiting: [Waiting] = []
    private var waitingByteCount = 0
    var isWriting = false
    private var isMarkBehind = false
    private(set) var isClosed = false
    var rescued: [String] = []

    init(
        disk: any Disk,
        random: any RandomSource,
        directory: String,
        limits: SegmentLimits,
        mark: DiskFile,
        keys: LogKeys,
        recovered: SegmentRecovery.Outcome
    ) {
        self.disk = disk
        self.random = random
        self.directory = directory
        self.limits = limits
        self.mark = mark
        seal = SegmentSeal(keys: keys, directory: directory)
        reader = SegmentReader(disk: disk, directory: directory, keys: keys)
        segments = recovered.segments
        previous = (recovered.lastChecksum, false)
        next = recovered.next
        ids = recovered.ids
        clock = recovered.clock
    }

    /// Opens the log in `directory`, recovering what a crash left, and begins to write behind it.
    ///
    /// - Parameters:
    ///   - keys: seal its segments.
    ///   - known: a sequence that is known to have been durable, from a cursor; the log must not end before it.
    ///   - quarantine: where damaged files are kept.
    ///   - window: segments that were closed in order, and since whose end the log was written to for at least this time (ms), need
    ///     not be read; nil: all are read.
    ///   - pass: is shown what a segment says that was not read, in order with what is visited.
    ///   - visit: is shown every other entry there is, in order, in chunks of bounded size.
    /// - Returns: the log, and the gaps that recovery found.
    package static func open(
        disk: any Disk,
        random: any RandomSource,
        time: any TimeSource,
        keys: LogKeys,
        directory: String,
        quarantine: String,
        limits: SegmentLimits = SegmentLimits(),
        known: UInt64 = 1,
        window: Int64? = nil,
        pass: (Range<UInt64>, SegmentSummary) -> Void = { _, _ in },
        visit: (LogFrame, LogChunk) -> Void = { _, _ in }
    ) async throws(LogError) -> (log: SegmentLog, gaps: [LogGap]) {
        var recovery = SegmentRecovery(
            disk: disk, random: random, time: time, keys: keys, directory: directory, quarantine: quarantine,
            limits: limits)
        let outcome = try await recovery.run(known: known, window: window, pass: pass, visit: visit)
        do throws(DiskError) {
            let path = "\(directory)/\(EndMark.fileName)"
            let mark: DiskFile
            do throws(DiskError) {
                mark = try await disk.openFile(path, writable: true)
            } catch .notFound {
                mark = try await disk.createFile(path, byteCount: 0)
            }
            try await disk.write(EndMark.encode(outcome.next), to: mark, at: 0)
            let log = SegmentLog(
                disk: disk, random: random, directory: directory, limits: limits, mark: mark, keys: keys,
                recovered: outcome)
            return (log, outcome.gaps)
        } catch {
            throw LogError(error)
        }
    }

    /// Closes the active segment in order. Nothing is appended or removed after it: another process may write here from now
    /// on.
    package func close() async {
        isClosed = true
        try? await flush()
        try? await endActive()
        await reader.close()
        await disk.close(mark)
    }

    // MARK: Reading

    package func read(
        from: UInt64, byteCountMax: Int, wanted: Set<AccountRegion>?
    ) async throws(LogError) -> LogChunk {
        // Here the end is known without the mark, which is for other processes: what ``end()`` says can be read.
        try await reader.read(from: from, byteCountMax: byteCountMax, wanted: wanted, end: next)
    }

    package func end() -> UInt64 { next }

    package func bounds() -> LogBounds {
        LogBounds(
            first: segments.first?.first ?? next,
            next: next,
            byteCount: segments.reduce(0) { $0 + $1.byteCount } + waitingByteCount
        )
    }

    // MARK: Appending

    package func append(_ entries: [LogEntry]) async throws(LogError) -> [UInt64] {
        for entry in entries where entry.payload.count > SegmentFormat.payloadByteCountMax {
            throw .tooLarge(byteCount: entry.payload.count, limit: SegmentFormat.payloadByteCountMax)
        }
        guard !isClosed else { throw .closed(directory: directory) }
        return try await enter(Waiting(entries))
    }

    package func flush() async throws(LogError) {
        guard isWriting else { return }
        _ = try await enter(Waiting([]))
    }

    private func enter(_ mine: Waiting) async throws(LogError) -> [UInt64] {
        guard waitingByteCount + mine.byteCount <= limits.pendingByteCountMax else {
            throw .overloaded(byteCount: waitingByteCount, limit: limits.pendingByteCountMax)
        }
        waitingByteCount += mine.byteCount
        guard isWriting else {
            isWriting = true
            waiting.append(mine)
            return try await lead()
        }
        let outcome = await withCheckedContinuation { continuation in
            var mine = mine
            mine.continuation = continuation
            waiting.append(mine)
        }
        switch outcome {
        case .written(let result): return try result.get()
        case .lead: return try await lead()
        }
    }

    /// Writes the group that begins with our own entry, tells the others, and hands the lead on.
    private func lead() async throws(LogError) -> [UInt64] {
        var count = 1
        var byteCount = waiting[0].byteCount
        while count < waiting.count, byteCount + waiting[count].byteCount <= limits.groupByteCountMax {
            byteCount += waiting[count].byteCount
            count += 1
        }
        let group = Array(waiting[..<count])
        waiting.removeFirst(count)
        let results = await write(group)
        waitingByteCount -= byteCount
        for (member, result) in zip(group, results).dropFirst() {
            member.continuation?.resume(returning: .written(result))
        }
        handOn()
        return try results[0].get()
    }

    /// Gives the lead to the first who waits.
    func handOn() {
        if let heir = waiting.first?.continuation {
            waiting[0].continuation = nil
            heir.resume(returning: .lead)
        } else {
            isWriting = false
        }
    }

    /// Begins a new segment, so that what stands in the present one can be trimmed. Does nothing while somebody writes.
    package func roll() async throws(LogError) {
        guard !isWriting, !isClosed, let active, active.offset > SegmentFormat.headerByteCount else { return }
        isWriting = true
        defer { handOn() }
        do throws(DiskError) {
            try await endActive()
            self.active = try await begin(holding: 0)
        } catch { throw LogError(error) }
    }

    private func write(_ group: [Waiting]) async -> [Result<[UInt64], LogError>] {
        var results: [[UInt64]] = []
        var fresh: [LogID: UInt64] = [:]
        var entries: [LogEntry] = []
        var sequence = next
        for member in group {
            var sequences: [UInt64] = []
            for entry in member.entries {
                // The same id twice in one group, or in the one that was being written when this came.
                if let known = ids[entry.id] ?? fresh[entry.id] {
                    sequences.append(known)
                    continue
                }
                entries.append(entry)
                fresh[entry.id] = sequence
                sequences.append(sequence)
                sequence += 1
            }
            results.append(sequences)
        }
        if !entries.isEmpty {
            do throws(LogError) { try await commit(entries) } catch {
                return group.map { $0.entries.isEmpty ? .success([]) : .failure(error) }
            }
            next = sequence
            for (id, sequence) in fresh.sorted(by: { $0.value < $1.value }) { ids.add(id, sequence) }
            await publish()
        }
        return results.map { .success($0) }
    }

    /// Tells readers of other processes how far the log is durable. Should it fail, they learn of it late, with the next
    /// append or trim; the entries are durable all the same. For who has the lead alone: marks must not go back.
    private func publish() async {
        do throws(DiskError) {
            try await disk.write(EndMark.encode(next), to: mark, at: 0)
            isMarkBehind = false
        } catch { isMarkBehind = true }
    }

    /// Makes entries durable as one group, whose first sequence is `next`.
    ///
    /// - Parameter isSecond: whether the file was taken away from under a first attempt.
    private func commit(_ entries: [LogEntry], isSecond: Bool = false) async throws(LogError) {
        do throws(DiskError) {
            if active?.isGone == true { try await rescue() }
            let byteCount = entries.reduce(0) { $0 + $1.payload.count + SegmentFormat.overheadByteCount }
            if let full = active, full.offset + byteCount + SegmentFormat.overheadByteCount > limits.segmentByteCount {
                try await endActive()
            }
            var current: Active
            if let active { current = active } else { current = try await begin(holding: byteCount) }
            active = current
            // Sealed for this segment and no other: after a failed write they are sealed anew, under another key.
            var bytes: [UInt8] = []
            bytes.reserveCapacity(byteCount)
            for (i, entry) in entries.enumerated() {
                current.lastChecksum = SegmentFormat.append(
                    entry, sequence: next + UInt64(i), groupFirst: next, segment: current.id, seal, to: &bytes)
            }
            try await disk.writeDurably(bytes, to: current.file, at: current.offset)
            // What stands in a file without a name is gone with this process: nobody may be told that it is durable.
            guard try await disk.isNamed(current.file) else { throw .gone(path: current.file.path) }
            current.offset += bytes.count
            let last = segments.count - 1
            for entry in entries {
                let gone = clock.note(entry.at)
                current.summary.add(entry, active: gone)
                segments[last].newest = max(segments[last].newest, entry.at)
                segments[last].active += gone
            }
            active = current
        } catch {
            if case .gone = error {
                active?.isGone = true
                if !isSecond { return try await commit(entries, isSecond: true) }
            }
            // What it holds is nowhere else until it is made again.
            if active?.isGone == true { throw LogError(error) }
            if let failed = active {
                active = nil
                previous = (failed.lastChecksum, false)
                // What the failed write left is cut off where that still works; recovery does without.
                try? await disk.truncate(failed.file, to: failed.offset)
                await disk.close(failed.file)
                segments[segments.count - 1].byteCount = failed.offset
            }
            throw LogError(error)
        }
    }

    /// Begins a new segment whose first sequence is `next`.
    private func begin(holding byteCount: Int) async throws(DiskError) -> Active {
        let size = max(
            limits.segmentByteCount, SegmentFormat.headerByteCount + byteCount + SegmentFormat.overheadByteCount)
        let path = "\(directory)/\(SegmentFormat.fileName(first: next))"
        let header = SegmentFormat.Header(
            first: next, id: LogID(random.bytes(16)), previousFooter: previous.footer, previousClosed: previous.closed)
        let bytes = SegmentFormat.encode(header, seal)
        var file: DiskFile
        do throws(DiskError) {
            file = try await make(path, holding: bytes, byteCount: size)
        } catch .exists {
            // The segment before got nothing durable, or an attempt failed before anything was written. Its file gives way to another
            // at one stroke: it may be the log's only one, and a crash must find how far the log was.
            let new = path + SegmentRecovery.unnamed
            try await disk.remove(new)
            file = try await make(new, holding: bytes, byteCount: size)
            await disk.close(file)
            try await disk.rename(new, to: path)
            file = try await disk.openFile(path, writable: true)
        }
        if segments.last?.first == next { segments.removeLast() }
        segments.append(Segment(first: next, byteCount: size, newest: .min))
        return Active(file: file, id: header.id, offset: SegmentFormat.headerByteCount, lastChecksum: 0)
    }

    /// Makes a file that begins with `bytes`; it is not there if that fails.
    private func make(_ path: String, holding bytes: [UInt8], byteCount: Int) async throws(DiskError) -> DiskFile {
        let file = try await disk.createFile(path, byteCount: byteCount)
        do throws(DiskError) { try await disk.writeDurably(bytes, to: file, at: 0) } catch {
            await disk.close(file)
            try? await disk.remove(path)
            throw error
        }
        return file
    }

    /// Ends the segment that is being written, in order, or makes it again if its file was taken away.
    private func endActive() async throws(DiskError) {
        guard let full = active else { return }
        if full.isGone { return try await rescue() }
        guard try await disk.isNamed(full.file) else {
            active?.isGone = true
            return try await rescue()
        }
        active = nil
        try await closeInOrder(full)
    }

    /// Ends a segment in order: a footer, and no bytes behind it.
    private func closeInOrder(_ full: Active) async throws(DiskError) {
        var bytes: [UInt8] = []
        let footer = LogEntry(
            kind: .footer, id: LogID([UInt8](repeating: 0, count: 16)), at: 0,
            payload: full.summary.bytes ?? [])
        let checksum = SegmentFormat.append(
            footer, sequence: next, groupFirst: next, segment: full.id, seal, to: &bytes)
        previous = (full.lastChecksum, false)
        do throws(DiskError) {
            try await disk.writeDurably(bytes, to: full.file, at: full.offset)
            try await disk.truncate(full.file, to: full.offset + bytes.count)
        } catch {
            await disk.close(full.file)
            throw error
        }
        await disk.close(full.file)
        previous = (checksum, true)
        if !segments.isEmpty { segments[segments.count - 1].byteCount = full.offset + bytes.count }
    }

    // MARK: Trimming

    package func trim(upTo: UInt64, olderThan: Int64) async throws(LogError) {
        try await trim(upTo: upTo) { $0.newest < olderThan }
    }

    /// The same, but what is kept is what came in within a time in which the log was written to.
    package func trim(upTo: UInt64, keeping milliseconds: Int64) async throws(LogError) {
        var age = segments.dropFirst().reduce(0) { $0 + $1.active }
        try await trim(upTo: upTo) { _ in
            guard age >= milliseconds else { return false }
            age -= segments[1].active
            return true
        }
    }

    /// Removes whole segments; the last one stays, so that sequences never start again.
    private func trim(upTo: UInt64, while isOld: (Segment) -> Bool) async throws(LogError) {
        guard !isClosed else { throw .closed(directory: directory) }
        if isMarkBehind, !isWriting {
            isWriting = true
            await publish()
            handOn()
        }
        while segments.count > 1, segments[1].first <= upTo, isOld(segments[0]) {
            let first = segments[0].first
            do throws(DiskError) {
                try await disk.remove("\(directory)/\(SegmentFormat.fileName(first: first))")
            } catch { throw LogError(error) }
            if segments.first?.first == first { segments.removeFirst() }
        }
    }
}
