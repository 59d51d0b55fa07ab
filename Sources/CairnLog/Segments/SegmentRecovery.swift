import CairnKeys
import CairnNative
import CairnSystem

/// Brings the segments of a log into order after whatever happened, before anything is written.
///
/// Each segment is read once, in windows of bounded size. A torn tail, which nobody was told of, is cut off. Damage to
/// what was acknowledged is never cut off: the file goes to quarantine, every frame that verifies is written to a file
/// that takes its place, and an entry of kind gap stands for what is lost.
struct SegmentRecovery {
    struct Outcome {
        var segments: [SegmentLog.Segment] = []
        var next: UInt64 = 1
        var lastChecksum: UInt32 = 0
        var ids: RecentIDs
        var gaps: [LogGap] = []
        var clock: LogClock
    }

    private static let windowByteCount = 4 << 20
    private static let blockByteCount = 4_096
    /// How long the disk is given to read what it could not read at once: time enough for a path to a disk to be changed, and
    /// little enough for a start.
    private static let patienceMax = Duration.seconds(10)
    private static let unreadable = "the disk cannot read it"
    /// Ends the name of a salvaged segment until it is in its place.
    static let salvaged = ".salvaged"
    /// A segment that is to give another its name; of no use to anybody until it has it.
    static let unnamed = ".new"

    let disk: any Disk
    let random: any RandomSource
    private let time: any TimeSource
    let seal: SegmentSeal
    let directory: String
    let quarantine: String
    private var outcome: Outcome
    /// How long a disk may still be waited for that cannot read.
    private var patience = Self.patienceMax

    init(
        disk: any Disk, random: any RandomSource, time: any TimeSource, keys: LogKeys, directory: String,
        quarantine: String, limits: SegmentLimits
    ) {
        self.disk = disk
        self.random = random
        self.time = time
        seal = SegmentSeal(keys: keys, directory: directory)
        self.directory = directory
        self.quarantine = quarantine
        outcome = Outcome(
            ids: RecentIDs(countMax: limits.idCountMax), clock: LogClock(gapMilliseconds: limits.gapMilliseconds))
    }

    mutating func run(
        known: UInt64, window: Int64?, pass: (Range<UInt64>, SegmentSummary) -> Void,
        visit: (LogFrame, LogChunk) -> Void
    ) async throws(LogError) -> Outcome {
        var published: UInt64 = 1
        let firsts: [UInt64]
        do throws(DiskError) {
            try await disk.makeDirectory(directory)
            try await finishReplacing()
            firsts = try await disk.list(directory).compactMap(SegmentFormat.first(fileName:)).sorted()
            do throws(DiskError) {
                published = EndMark.decode(try await disk.readFile("\(directory)/\(EndMark.fileName)", limit: 16)) ?? 1
            } catch .notFound {
                published = 1
            }
        } catch {
            throw LogError(error)
        }
        guard !firsts.isEmpty || published == 1 else {
            throw .lostTail(directory: directory, next: 1, known: published)
        }
        outcome.next = firsts.first ?? 1
        let passable: [UInt64: Closed]
        do throws(DiskError) { passable = try await self.passable(firsts, window) } catch { throw LogError(error) }
        for (i, first) in firsts.enumerated() {
            let following = i + 1 < firsts.count ? firsts[i + 1] : nil
            if let following, outcome.next == first, let closed = passable[first] {
                outcome.segments.append(
                    .init(
                        first: first, byteCount: closed.byteCount, newest: closed.summary.newest,
                        active: closed.summary.active))
                outcome.clock.skip(closed.summary.active, until: closed.summary.last)
                (outcome.next, outcome.lastChecksum) = (following, closed.checksum)
                pass(first..<following, closed.summary)
                continue
            }
            try await recover(first, following: following, durable: published, visit: visit)
        }
        guard outcome.next >= known else { throw .lostTail(directory: directory, next: outcome.next, known: known) }
        return outcome
    }

    /// What one pass over a segment found.
    struct Pass {
        var kept: [(sequence: UInt64, offset: Int, byteCount: Int)] = []
        var lost: [LogGap] = []
        var end: Int = 0
        var next: UInt64
        var checksum: UInt32 = 0
        var newest = Int64.min
        var active: Int64 = 0
        var byteCount = 0
        /// Frames whose checksum holds and whose seal does not.
        var foreignCount = 0
        /// Nothing in it opens: it was written with another keyring.
        var isForeign = false
        /// No header, no frame, and nothing that says there should be one.
        var isNeverUsed = false
    }

    private mutating func recover(
        _ first: UInt64,
        following: UInt64?,
        durable: UInt64,
        visit: (LogFrame, LogChunk) -> Void
    ) async throws(LogError) {
        let path = "\(directory)/\(SegmentFormat.fileName(first: first))"
        let file: DiskFile
        do throws(DiskError) { file = try await disk.openFile(path, writable: true) } catch { throw LogError(error) }
        let result: Result<Pass, LogError>
        do throws(LogError) {
            result = .success(
                try await look(at: file, first: first, following: following, durable: durable, visit: visit))
        } catch { result = .failure(error) }
        await disk.close(file)
        let pass = try result.get()
        if pass.isForeign { throw .foreignSeal(file: path) }
        if pass.isNeverUsed {
            // A crash while the segment was being made: nothing was ever in it.
            do throws(DiskError) { return try await disk.remove(path) } catch { throw LogError(error) }
        }
        if !pass.lost.isEmpty { try await replace(path, first: first, pass) }
        outcome.gaps += pass.lost.filter { $0.until > $0.from || $0.reason == Self.unreadable }
        outcome.segments.append(.init(first: first, byteCount: pass.end, newest: pass.newest, active: pass.active))
        outcome.next = pass.next
        outcome.lastChecksum = pass.checksum
        // It was read whole, and what was damaged of it is put right.
        do throws(DiskError) { try await disk.remove(path + Self.suspect) } catch { throw LogError(error) }
    }

    /// Reads a segment whole, and cuts a torn tail off.
    private mutating func look(
        at file: DiskFile,
        first: UInt64,
        following: UInt64?,
        durable: UInt64,
        visit: (LogFrame, LogChunk) -> Void
    ) async throws(LogError) -> Pass {
        let head: [UInt8]
        do throws(DiskError) {
            head = try await read(file, at: 0, count: SegmentFormat.headerByteCount).bytes
        } catch { throw LogError(error) }
        var isReadable = false
        do throws(SegmentFormat.HeaderProblem) {
            isReadable = try SegmentFormat.header(head, seal).first == first
        } catch {
            switch error {
            case .newer(let version), .older(let version): throw .otherFormat(file: file.path, version: version)
            case .foreign: throw .foreignSeal(file: file.path)
            case .damaged: isReadable = false
            }
        }
        do throws(DiskError) {
            var pass = try await scan(file, first: first, following: following, durable: durable, visit: visit)
            if !isReadable, pass.kept.isEmpty, pass.foreignCount > 0 {
                // Not damage but another keyring: nothing of it may be moved away for that.
                pass.isForeign = true
                return pass
            }
            if !isReadable {
                if following == nil, first >= durable, pass.kept.isEmpty, pass.lost.isEmpty {
                    pass.isNeverUsed = true
                    return pass
                }
                pass.lost.insert(
                    LogGap(
                        file: file.path, offset: 0, from: first, until: first,
                        reason: "the segment's header is damaged"), at: 0)
            }
            if pass.lost.isEmpty, pass.byteCount > pass.end { try await disk.truncate(file, to: pass.end) }
            return pass
        } catch { throw LogError(error) }
    }

    /// Reads like the disk, but blocks that cannot be read, again and again, come as zeros: one bad sector costs what stood
    /// in it, and a disk that fails for a moment costs nothing.
    private mutating func read(
        _ file: DiskFile, at offset: Int, count: Int
    ) async throws(DiskError) -> (bytes: [UInt8], isWhole: Bool) {
        do throws(DiskError) {
            return (try await disk.read(file, at: offset, count: count), true)
        } catch .failed {
            let end = min(offset + count, try await disk.byteCount(of: file))
            var bytes = [UInt8](repeating: 0, count: max(0, end - offset))
            var blocks: [Range<Int>] = []
            var start = offset
            while start < end {
                let next = min((start / Self.blockByteCount + 1) * Self.blockByteCount, end)
                blocks.append(start..<next)
                start = next
            }
            var pause = Duration.milliseconds(100)
            while true {
                var bad: [Range<Int>] = []
                for block in blocks {
                    do throws(DiskError) {
                        let read = try await disk.read(file, at: block.lowerBound, count: block.count)
                        bytes.replaceSubrange(block.lowerBound - offset..<block.upperBound - offset, with: read)
                    } catch .failed {
                        bad.append(block)
                    }
                }
                blocks = bad
                guard !blocks.isEmpty, patience > .zero else { break }
                do { try await time.sleep(for: pause) } catch {
                    throw .failed(path: file.path, operation: "read", errno: 4)
                }
                patience -= pause
                pause *= 2
            }
            return (bytes, blocks.isEmpty)
        }
    }

    /// Reads a segment from its header to its end, window by window.
    private mutating func scan(
        _ file: DiskFile,
        first: UInt64,
        following: UInt64?,
        durable: UInt64,
        visit: (LogFrame, LogChunk) -> Void
    ) async throws(DiskError) -> Pass {
        var pass = Pass(next: first)
        pass.byteCount = try await disk.byteCount(of: file)
        pass.end = SegmentFormat.headerByteCount
        var offset = SegmentFormat.headerByteCount
        var windowByteCount = Self.windowByteCount
        var trouble: (offset: Int, reason: String)?
        var isClosed = false
        var closedAt: UInt64 = 0
        var unreadable: Int?
        scan: while offset < pass.byteCount, !isClosed {
            var (bytes, isWhole) = try await read(file, at: offset, count: windowByteCount)
            if !isWhole, unreadable == nil { unreadable = offset }
            var at = 0
            while true {
                switch SegmentFormat.place(&bytes, at: at, seal) {
                case .frame(let found) where found.frame.kind == .footer:
                    closedAt = found.frame.sequence
                    if trouble == nil, closedAt == pass.next { pass.end = offset + found.end }
                    isClosed = true
                    continue scan
                case .frame(let found) where found.frame.sequence >= (following ?? .max):
                    // Left by a write that failed; the next segment has the sequence.
                    isClosed = true
                    continue scan
                case .frame(let found) where found.frame.sequence >= pass.next:
                    let frame = found.frame
                    if frame.sequence > pass.next || trouble != nil {
                        // What is missing before it was acknowledged if this frame's group says so.
                        if pass.next < max(found.groupFirst, durable) || following != nil, frame.sequence > pass.next {
                            pass.lost.append(
                                LogGap(
                                    file: file.path, offset: trouble?.offset ?? offset + at, from: pass.next,
                                    until: frame.sequence, reason: trouble?.reason ?? "a sequence is missing"))
                        } else if frame.sequence > pass.next {
                            // A torn group, never acknowledged: all that follows is part of it.
                            break scan
                        } else {
                            // Strange bytes between two frames, but nothing is missing: the file is written anew.
                            pass.lost.append(
                                LogGap(
                                    file: file.path, offset: trouble?.offset ?? offset + at, from: pass.next,
                                    until: pass.next, reason: trouble?.reason ?? "strange bytes"))
                        }
                        trouble = nil
                    }
                    pass.kept.append((frame.sequence, offset + found.start, found.end - found.start))
                    pass.next = frame.sequence + frame.span
                    pass.end = offset + found.end
                    pass.checksum = found.checksum
                    pass.newest = max(pass.newest, frame.at)
                    // An entry that stands for a gap has no time.
                    if frame.kind != .gap { pass.active += outcome.clock.note(frame.at) }
                    outcome.ids.add(frame.id, frame.sequence)
                    visit(frame, LogChunk(bytes: bytes, frames: [], next: 0))
                    at = found.end
                case .frame(let found):
                    at = found.end
                case .needs(let count):
                    if offset + at + count > pass.byteCount {
                        if trouble == nil { trouble = (offset + at, "the file ends within a frame") }
                        at += 1
                        if offset + at + SegmentFormat.frameByteCount > pass.byteCount { break scan }
                        continue
                    }
                    offset += at
                    windowByteCount = max(Self.windowByteCount, count)
                    continue scan
                case .blank where trouble == nil:
                    trouble = (offset + at, "zeros stand here")
                    at += 1
                case .blank:
                    at += Self.blankByteCount(bytes, at)
                case .damaged(let reason):
                    if trouble == nil { trouble = (offset + at, reason) }
                    at += 1
                case .foreign(let reason):
                    pass.foreignCount += 1
                    if trouble == nil { trouble = (offset + at, reason) }
                    at += 1
                }
            }
        }
        // The footer says how far a segment goes that was closed in order.
        let should = following ?? max(pass.next, durable, closedAt)
        if pass.next < should {
            pass.lost.append(
                LogGap(
                    file: file.path, offset: trouble?.offset ?? pass.end, from: pass.next, until: should,
                    reason: trouble?.reason ?? "the segment ends too early"))
            pass.next = should
        }
        if let unreadable, !pass.lost.contains(where: { $0.until > $0.from }) {
            pass.lost.append(
                LogGap(file: file.path, offset: unreadable, from: pass.next, until: pass.next, reason: Self.unreadable))
        }
        return pass
    }

    /// How far zeros go on, so that a blank half of a preallocated file is skipped at speed.
    private static func blankByteCount(_ bytes: [UInt8], _ at: Int) -> Int {
        var end = at
        while end < bytes.count, bytes[end] == 0 { end += 1 }
        return max(1, end - at)
    }
}
