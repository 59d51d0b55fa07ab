import CairnNative
import CairnSystem

/// Putting salvaged files in the places of damaged ones.
extension SegmentRecovery {
    /// Puts a file of the frames that verify in the place of a damaged one, which is kept in quarantine.
    func replace(_ path: String, first: UInt64, _ pass: Pass) async throws(LogError) {
        do throws(DiskError) {
            let name = path.split(separator: "/").last.map(String.init) ?? ""
            let log = directory.split(separator: "/").suffix(2).joined(separator: "-")
            let file = try await disk.openFile(path, writable: false)
            // A segment of its own, with a key of its own: what is kept is sealed anew.
            let id = LogID(random.bytes(16))
            var bytes = SegmentFormat.encode(
                .init(first: first, id: id, previousFooter: 0, previousClosed: false), seal)
            var gaps = pass.lost.filter { $0.until > $0.from }[...]
            func addGap() {
                let gap = gaps.removeFirst()
                var payload: [UInt8] = []
                payload.append(number: gap.until - gap.from)
                let name = Array(SHA256.hash(Array("\(gap.file) \(gap.from)".utf8)).array.prefix(16))
                SegmentFormat.append(
                    LogEntry(kind: .gap, id: LogID(name), at: 0, payload: payload), sequence: gap.from,
                    groupFirst: first, segment: id, seal, to: &bytes)
            }
            let result: Result<Void, DiskError>
            do throws(DiskError) {
                for kept in pass.kept {
                    while let gap = gaps.first, gap.from < kept.sequence { addGap() }
                    var one = try await disk.read(file, at: kept.offset, count: kept.byteCount)
                    guard case .frame(let found) = SegmentFormat.place(&one, at: 0, seal) else {
                        throw .failed(path: path, operation: "read again", errno: 0)
                    }
                    let frame = found.frame
                    SegmentFormat.append(
                        LogEntry(kind: frame.kind, id: frame.id, at: frame.at, payload: Array(one[frame.payload])),
                        sequence: frame.sequence, groupFirst: found.groupFirst, segment: id, seal, to: &bytes)
                }
                while !gaps.isEmpty { addGap() }
                result = .success(())
            } catch { result = .failure(error) }
            await disk.close(file)
            try result.get()
            // The replacement stands beside the segment before that is moved away; a crash between leaves the replacement
            // alone, which the next start puts in its place.
            let replacement = path + Self.salvaged
            try await disk.remove(replacement)
            try await disk.put(bytes, at: replacement)
            var copy = "\(quarantine)/\(log)-\(name)"
            var number = 1
            while try await isThere(copy) {
                number += 1
                copy = "\(quarantine)/\(log)-\(name).\(number)"
            }
            try await disk.rename(path, to: copy)
            try await disk.rename(replacement, to: path)
        } catch {
            throw LogError(error)
        }
    }

    /// Puts salvaged segments in their places where a crash came between, and takes away what never got its name.
    func finishReplacing() async throws(DiskError) {
        for name in try await disk.list(directory) where name.hasSuffix(Self.unnamed) {
            try await disk.remove("\(directory)/\(name)")
        }
        for name in try await disk.list(directory) where name.hasSuffix(Self.salvaged) {
            let path = "\(directory)/\(name.dropLast(Self.salvaged.count))"
            if try await isThere(path) {
                try await disk.remove(path + Self.salvaged)
            } else {
                try await disk.rename(path + Self.salvaged, to: path)
            }
        }
    }

    func isThere(_ path: String) async throws(DiskError) -> Bool {
        do throws(DiskError) {
            let file = try await disk.openFile(path, writable: false)
            await disk.close(file)
            return true
        } catch .notFound {
            return false
        }
    }
}
