import CairnNative
import CairnSystem

/// Taking out of old segments what only others needed.
extension SegmentLog {
    private static let windowByteCount = 4 << 20
    /// How much is read in one go of segments that turn out to be left as they are.
    private static let readByteCountMax = 256 << 20

    /// Writes one segment anew without the batches that nobody needs, if that makes it less than half as large: the oldest
    /// that was not yet written anew for the same need.
    ///
    /// - Parameters:
    ///   - upTo: segments that end before or at this sequence; the last one is left alone.
    ///   - milliseconds: segments that the log was written to for at least this time since the end of.
    ///   - needed: whose batches are still needed, and from which sequence on. What is not a batch always stays.
    /// - Returns: nil when there is nothing to do now.
    package func thin(
        upTo: UInt64, keeping milliseconds: Int64, needed: [AccountRegion: UInt64]
    ) async throws(LogError) -> ThinnedSegment? {
        guard !isClosed else { throw .closed(directory: directory) }
        var age = segments.dropFirst().reduce(0) { $0 + $1.active }
        var readByteCount = 0
        for (segment, following) in zip(segments, segments.dropFirst()) {
            guard following.first <= upTo, age >= milliseconds else { return nil }
            age -= following.active
            let kept = Set(needed.filter { $0.value < following.first }.keys)
            if segment.thinnedFor == kept || kept.count > ThinnedRun.keptCountMax { continue }
            if let thinned = try await thin(segment, until: following.first, keeping: kept) { return thinned }
            readByteCount += segment.byteCount
            if readByteCount >= Self.readByteCountMax { return nil }
        }
        return nil
    }

    private func thin(
        _ segment: Segment, until following: UInt64, keeping kept: Set<AccountRegion>
    ) async throws(LogError) -> ThinnedSegment? {
        let path = "\(directory)/\(SegmentFormat.fileName(first: segment.first))"
        var thinning = SegmentThinning(
            first: segment.first, id: LogID(random.bytes(16)), keeping: kept, newest: segment.newest,
            active: segment.active, seal)
        var isWhole = false
        // What cannot be read is left alone: the others must not wait for it.
        do throws(DiskError) {
            isWhole = try await read(path, byteCountMax: segment.byteCount / 2, into: &thinning)
        } catch { isWhole = false }
        do throws(DiskError) {
            guard isWhole, thinning.next == following, !thinning.dropped.isEmpty else {
                set(kept, of: segment.first, byteCount: nil)
                return nil
            }
            thinning.finish()
            let new = path + SegmentRecovery.unnamed
            try await disk.remove(new)
            try await disk.put(thinning.bytes, at: new)
            guard !isClosed else { return nil }
            try await disk.rename(new, to: path)
        } catch { throw LogError(error) }
        set(kept, of: segment.first, byteCount: thinning.bytes.count)
        return ThinnedSegment(
            path: path, dropped: thinning.dropped, byteCounts: (segment.byteCount, thinning.bytes.count))
    }

    private func set(_ kept: Set<AccountRegion>, of first: UInt64, byteCount: Int?) {
        guard let i = segments.firstIndex(where: { $0.first == first }) else { return }
        segments[i].thinnedFor = kept
        segments[i].byteCount = byteCount ?? segments[i].byteCount
    }

    /// Reads a segment whole. False when it is damaged, or what stays of it is more than `byteCountMax`.
    private func read(
        _ path: String, byteCountMax: Int, into thinning: inout SegmentThinning
    ) async throws(DiskError) -> Bool {
        let file = try await disk.openFile(path, writable: false)
        let result: Result<Bool, DiskError>
        do throws(DiskError) {
            result = .success(try await read(file, byteCountMax: byteCountMax, into: &thinning))
        } catch { result = .failure(error) }
        await disk.close(file)
        return try result.get()
    }

    private func read(
        _ file: DiskFile, byteCountMax: Int, into thinning: inout SegmentThinning
    ) async throws(DiskError) -> Bool {
        let end = try await disk.byteCount(of: file)
        var offset = SegmentFormat.headerByteCount
        var wanted = Self.windowByteCount
        while offset < end, !thinning.isClosed {
            var bytes = try await disk.read(file, at: offset, count: wanted)
            var at = 0
            window: while at < bytes.count, !thinning.isClosed {
                switch SegmentFormat.place(&bytes, at: at, seal) {
                case .frame(let found):
                    guard thinning.take(found, of: bytes), thinning.bytes.count <= byteCountMax else { return false }
                    at = found.end
                case .needs(let more) where at > 0 || more > wanted:
                    wanted = max(Self.windowByteCount, more)
                    break window
                default: return false
                }
            }
            offset += at
        }
        return true
    }
}
