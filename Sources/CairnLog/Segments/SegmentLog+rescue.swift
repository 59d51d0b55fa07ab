import CairnSystem

/// What happens to a file of the log that somebody takes away while it is written.
extension SegmentLog {
    /// Looks whether the segment that is being written still stands where it was made, and makes it anew if not. Does nothing
    /// while somebody writes.
    ///
    /// - Returns: the files that were taken away since the last look, and are there again.
    package func checkFile() async throws(LogError) -> [String] {
        if !isWriting, let active {
            isWriting = true
            defer { handOn() }
            do throws(DiskError) { if try await !disk.isNamed(active.file) { try await rescue() } } catch {
                throw LogError(error)
            }
        }
        defer { rescued = [] }
        return rescued
    }

    /// Puts what was acknowledged in the segment that is being written, whose file somebody took away, in its place again, as
    /// long as the file is open. What somebody else put there is kept beside it.
    func rescue() async throws(DiskError) {
        guard let gone = active else { return }
        let path = gone.file.path
        var bytes: [UInt8] = []
        while bytes.count < gone.offset {
            let piece = try await disk.read(gone.file, at: bytes.count, count: min(4 << 20, gone.offset - bytes.count))
            guard !piece.isEmpty else { throw .failed(path: path, operation: "read again", errno: 5) }
            bytes += piece
        }
        let copy = path + SegmentRecovery.salvaged
        try await disk.remove(copy)
        try await disk.put(bytes, at: copy)
        do throws(DiskError) { try await disk.rename(path, to: path + ".foreign") } catch .notFound {}
        try await disk.rename(copy, to: path)
        rescued.append(path)
        active = nil
        previous = (gone.lastChecksum, false)
        await disk.close(gone.file)
        segments[segments.count - 1].byteCount = gone.offset
    }
}
