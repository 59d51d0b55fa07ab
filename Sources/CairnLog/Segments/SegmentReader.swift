package import CairnKeys
import CairnNative
package import CairnSystem

/// Reads the segments of a log up to its end mark, from any process.
///
/// Memory does not depend on how long the log is: one open file, a few hints where readers stand, and landmarks in a few
/// segments for those who read entries here and there.
package actor SegmentReader {
    private struct Hint {
        var segment: UInt64
        var offset: Int
    }

    private let disk: any Disk
    private let directory: String
    private let seal: SegmentSeal
    private var firsts: [UInt64] = []
    private var open: (first: UInt64, file: DiskFile)?
    private var mark: DiskFile?
    private var hints: [UInt64: Hint] = [:]
    /// Where frames begin, by segment.
    private var landmarks: [UInt64: SegmentLandmarks] = [:]
    /// Who looked before landmarks were forgotten brings none back.
    private var letGoCount = 0
    /// How many segments have landmarks before all are forgotten.
    private static let landmarkedSegmentCountMax = 16
    /// How much is read at once where only the headers of frames matter.
    private static let hopByteCount = 64 << 10
    /// How much to read at once: it grows while readers catch up, and shrinks when they have little to read.
    private var window = 64 << 10
    /// Those who wait for their turn.
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isBusy = false

    package init(disk: any Disk, directory: String, keys: LogKeys) {
        self.disk = disk
        self.directory = directory
        seal = SegmentSeal(keys: keys, directory: directory)
    }

    /// Waits until nobody else reads: while one waits for the disk, another must not close the file, nor open it twice.
    private func takeTurn() async {
        if isBusy { return await withCheckedContinuation { waiting.append($0) } }
        isBusy = true
    }

    private func passTurn() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }

    /// Lets go of the files it holds open.
    package func close() async {
        await takeTurn()
        defer { passTurn() }
        if let open { await disk.close(open.file) }
        if let mark { await disk.close(mark) }
        (open, mark) = (nil, nil)
    }

    /// The sequence behind the last durable one.
    package func end() async throws(LogError) -> UInt64 {
        await takeTurn()
        defer { passTurn() }
        return try await readMark()
    }

    private func readMark() async throws(LogError) -> UInt64 {
        do throws(DiskError) {
            if mark == nil { mark = try await disk.openFile("\(directory)/\(EndMark.fileName)", writable: false) }
            // A mark is 16 aligned bytes; a read that catches a write in the middle is seen and repeated.
            for _ in 0..<100 {
                if let next = EndMark.decode(try await disk.read(mark!, at: 0, count: 16)) { return next }
            }
        } catch {
            throw LogError(error)
        }
        throw .damaged(file: "\(directory)/\(EndMark.fileName)", offset: 0, sequence: 0, reason: "no whole end mark")
    }

    package func bounds() async throws(LogError) -> LogBounds {
        await takeTurn()
        defer { passTurn() }
        try await refresh()
        return LogBounds(first: firsts.first ?? 1, next: try await readMark(), byteCount: 0)
    }

    /// - Parameters:
    ///   - wanted: what the caller must not miss; nil: anything. What was thinned out besides is passed over.
    ///   - known: the sequence behind the last durable one; nil: as the end mark says.
    package func read(
        from: UInt64, byteCountMax: Int, wanted: Set<AccountRegion>?, end known: UInt64? = nil
    ) async throws(LogError) -> LogChunk {
        await takeTurn()
        defer { passTurn() }
        let end: UInt64
        if let known { end = known } else { end = try await readMark() }
        guard from < end else { return LogChunk(bytes: [], frames: [], next: from) }
        // After the end is read, not before: then every segment that holds a durable entry is in the list, and what a
        // failed write left behind the beginning of the next segment is never taken for an entry.
        try await refresh()
        var place = try await seek(from)
        // The entry may stand in the segment behind, when the hint is the end of a closed one.
        var isFresh = false
        for _ in 0..<3 {
            do throws(LogError) {
                let chunk = try await read(
                    from: from, until: end, at: &place, byteCountMax: byteCountMax, wanted: wanted)
                if let chunk { return chunk }
                place = try await startOfSegment(holding: from)
            } catch {
                switch error {
                // The door may have put a salvaged or a thinned file in the place of the one we hold open.
                case .damaged where !isFresh: break
                // A hint named the end of a segment that is gone; the entry stands in the next one.
                case .trimmed where !isFresh && from >= firsts.first ?? .max: break
                case .damaged(let file, _, _, _):
                    // The next start reads it whole, closed as it may be.
                    try? await disk.put([], at: file + SegmentRecovery.suspect)
                    throw error
                default: throw error
                }
                isFresh = true
                await letGo()
                place = try await seek(from)
            }
        }
        throw .damaged(
            file: path(place.segment), offset: place.offset, sequence: from, reason: "the segment ends before it")
    }

    /// Forgets the open segment and what is known of places in it.
    private func letGo() async {
        hints.removeAll()
        landmarks.removeAll()
        letGoCount += 1
        guard let old = open else { return }
        open = nil
        await disk.close(old.file)
    }

    private func path(_ first: UInt64) -> String { "\(directory)/\(SegmentFormat.fileName(first: first))" }

    private func refresh() async throws(LogError) {
        do throws(DiskError) {
            firsts = try await disk.list(directory).compactMap(SegmentFormat.first(fileName:)).sorted()
        } catch { throw LogError(error) }
    }

    private func startOfSegment(holding sequence: UInt64) async throws(LogError) -> Hint {
        guard let segment = firsts.last(where: { $0 <= sequence }) else {
            throw .trimmed(asked: sequence, first: firsts.first ?? 0)
        }
        return Hint(segment: segment, offset: SegmentFormat.headerByteCount)
    }

    private func seek(_ sequence: UInt64) async throws(LogError) -> Hint {
        if let hint = hints.removeValue(forKey: sequence) { return hint }
        var hint = try await startOfSegment(holding: sequence)
        if landmarks.count > Self.landmarkedSegmentCountMax { landmarks = [:] }
        var marks = landmarks[hint.segment] ?? SegmentLandmarks()
        hint.offset = marks.offset(before: sequence) ?? hint.offset
        let known = letGoCount
        defer { if letGoCount == known { landmarks[hint.segment] = marks } }
        // Hop from frame to frame, header by header.
        let file = try await file(of: hint.segment)
        var block: (start: Int, bytes: [UInt8]) = (0, [])
        while true {
            if hint.offset < block.start
                || hint.offset + SegmentFormat.frameByteCount > block.start + block.bytes.count
            {
                block = (hint.offset, try await bytes(file, at: hint.offset, count: Self.hopByteCount))
            }
            let at = hint.offset - block.start
            guard at + SegmentFormat.frameByteCount <= block.bytes.count else { return hint }
            let found: UInt64 = block.bytes.number(at: at + 16)
            let count = Int(block.bytes.number(at: at + 4, as: UInt32.self))
            guard found < sequence, count <= SegmentFormat.payloadByteCountMax, block.bytes[at] == UInt8(ascii: "F")
            else { return hint }
            marks.note(found, at: hint.offset)
            if LogEntry.Kind(rawValue: block.bytes[at + 12])?.isRun == true {
                var whole = try await bytes(
                    file, at: hint.offset, count: SegmentFormat.overheadByteCount + count)
                if case .frame(let run) = SegmentFormat.place(&whole, at: 0, seal), found + run.frame.span > sequence {
                    return hint
                }
            }
            hint.offset += SegmentFormat.overheadByteCount + count
        }
    }

    private func file(of segment: UInt64) async throws(LogError) -> DiskFile {
        if let open, open.first == segment { return open.file }
        if let old = open {
            open = nil
            await disk.close(old.file)
        }
        do throws(DiskError) {
            let file = try await disk.openFile(path(segment), writable: false)
            open = (segment, file)
            return file
        } catch .notFound {
            try await refresh()
            throw .trimmed(asked: segment, first: firsts.first ?? 0)
        } catch {
            throw LogError(error)
        }
    }

    private func bytes(_ file: DiskFile, at offset: Int, count: Int) async throws(LogError) -> [UInt8] {
        do throws(DiskError) { return try await disk.read(file, at: offset, count: count) } catch {
            throw LogError(error)
        }
    }

    /// Nil when the segment ends before `from`.
    private func read(
        from: UInt64,
        until end: UInt64,
        at hint: inout Hint,
        byteCountMax: Int,
        wanted: Set<AccountRegion>?
    ) async throws(LogError) -> LogChunk? {
        let file = try await file(of: hint.segment)
        let nextFirst = firsts.first { $0 > hint.segment } ?? .max
        var reach = max(min(byteCountMax, window), 64 << 10)
        again: while true {
            var bytes = try await bytes(file, at: hint.offset, count: reach + JSONReader.padding)
            var frames: [LogFrame] = []
            var at = 0
            var next = from
            var trouble: String?
            scan: while next < min(end, nextFirst), at < reach {
                switch SegmentFormat.place(&bytes, at: at, seal) {
                case .frame(let found):
                    if found.frame.kind == .footer { break scan }
                    let behind = found.frame.sequence + found.frame.span
                    guard
                        found.frame.sequence == next
                            || (found.frame.sequence < from && behind > from && frames.isEmpty)
                    else {
                        trouble = "sequence \(found.frame.sequence) stands here"
                        break scan
                    }
                    if found.frame.kind == .thinned {
                        guard let run = ThinnedRun(Array(bytes[found.frame.payload])) else {
                            trouble = "an unreadable list of what was thinned out"
                            break scan
                        }
                        guard let wanted, wanted.isSubset(of: run.kept) else {
                            if !frames.isEmpty { break scan }
                            throw .trimmed(asked: from, first: behind)
                        }
                    }
                    frames.append(found.frame)
                    next = behind
                    at = found.end
                case .needs(let count):
                    if at + count > reach, frames.isEmpty, bytes.count >= reach {
                        reach = count
                        continue again
                    }
                    if frames.isEmpty, bytes.isEmpty { return nil }
                    trouble = "the file ends within a frame"
                    break scan
                case .blank:
                    trouble = "zeros stand here"
                    break scan
                case .damaged(let reason), .foreign(let reason):
                    trouble = reason
                    break scan
                }
            }
            // What verified before the trouble is given out first; the next read meets it.
            if let trouble, frames.isEmpty {
                throw .damaged(file: file.path, offset: hint.offset + at, sequence: next, reason: trouble)
            }
            if frames.isEmpty { return nil }
            window = next < min(end, nextFirst) ? min(window * 2, 64 << 20) : max(at, 64 << 10)
            if at + JSONReader.padding > bytes.count {
                bytes.append(contentsOf: [UInt8](repeating: 0, count: JSONReader.padding))
            }
            if hints.count >= 64 { hints.removeAll() }
            hints[next] = Hint(segment: hint.segment, offset: hint.offset + at)
            return LogChunk(bytes: bytes, frames: frames, next: next)
        }
    }
}
