import CairnSystem

/// Segments that a start need not read: closed in order, older than anybody has to remember, and never found damaged.
extension SegmentRecovery {
    /// A closed segment as its ends show it.
    struct Closed {
        var summary: SegmentSummary
        var byteCount: Int
        var checksum: UInt32
    }

    /// Ends the name of a file that says that a segment was found damaged.
    static let suspect = ".suspect"
    /// Where the footer of a segment is looked for: behind it nothing stands.
    private static let tailByteCount =
        72 + 16 + SegmentSummary.headByteCount + SegmentSummary.accountCountMax * SegmentSummary.accountByteCount

    /// The segments that need not be read, by their first sequences: those since whose end the log was written to for at least
    /// `window`, as far as closed segments tell.
    func passable(_ firsts: [UInt64], _ window: Int64?) async throws(DiskError) -> [UInt64: Closed] {
        guard let window else { return [:] }
        var found: [UInt64: Closed] = [:]
        for (first, following) in zip(firsts, firsts.dropFirst()) {
            let path = "\(directory)/\(SegmentFormat.fileName(first: first))"
            found[first] = try await closed(path, first: first, following: following)
        }
        var age: Int64 = 0
        for first in firsts.reversed() {
            guard let closed = found[first] else { continue }
            if age < window { found[first] = nil }
            age += closed.summary.active
        }
        return found
    }

    /// What the ends of a segment say; nil when it must be read whole.
    ///
    /// - Parameter following: the first sequence of the next segment.
    func closed(_ path: String, first: UInt64, following: UInt64) async throws(DiskError) -> Closed? {
        if try await isThere(path + Self.suspect) { return nil }
        let file = try await disk.openFile(path, writable: false)
        let result: Result<Closed?, DiskError>
        do throws(DiskError) { result = .success(try await ends(of: file, first, following)) } catch {
            // What cannot be read is for whoever reads it again and again.
            result = .success(nil)
        }
        await disk.close(file)
        return try result.get()
    }

    private func ends(of file: DiskFile, _ first: UInt64, _ following: UInt64) async throws(DiskError) -> Closed? {
        let head = try await disk.read(file, at: 0, count: SegmentFormat.headerByteCount)
        guard let header = try? SegmentFormat.header(head, seal), header.first == first else { return nil }
        let end = try await disk.byteCount(of: file)
        let start = max(SegmentFormat.headerByteCount, end - Self.tailByteCount)
        guard end > start else { return nil }
        let tail = try await disk.read(file, at: start, count: end - start)
        guard tail.count >= SegmentFormat.overheadByteCount else { return nil }
        for at in stride(from: tail.count - SegmentFormat.overheadByteCount, through: 0, by: -1)
        where tail[at] == UInt8(ascii: "F") && tail[at + 1] == UInt8(ascii: "R") {
            var copy = tail
            guard case .frame(let found) = SegmentFormat.place(&copy, at: at, seal) else { continue }
            guard found.end == tail.count, found.frame.kind == .footer, found.frame.sequence == following,
                let summary = SegmentSummary(Array(copy[found.frame.payload]))
            else { return nil }
            return Closed(summary: summary, byteCount: end, checksum: found.checksum)
        }
        return nil
    }
}
