import CairnObjects
import CairnSystem

/// An object that is open for reading, from its beginning to its end, once.
final class ArchiveObject: Sendable {
    private enum Place: Sendable {
        case file(ConfinedFile, offset: Int)
        case store(any ObjectStore, ObjectLocation, etag: String)
        case memory([UInt8])
    }

    private let place: Place
    let byteCount: Int

    init(_ file: ConfinedFile, offset: Int = 0, byteCount: Int) {
        place = .file(file, offset: offset)
        self.byteCount = byteCount
    }

    init(_ store: any ObjectStore, _ location: ObjectLocation, _ head: ObjectHead) {
        place = .store(store, location, etag: head.etag)
        byteCount = head.byteCount
    }

    init(_ bytes: [UInt8]) {
        place = .memory(bytes)
        byteCount = bytes.count
    }

    /// Reads a part; shorter than asked only where the object ends.
    func read(at offset: Int, count: Int) async throws(ArchiveProblem) -> [UInt8] {
        let count = min(count, byteCount - offset)
        guard count > 0 else { return [] }
        let bytes: [UInt8]
        switch place {
        case .file(let file, let start):
            do throws(ConfinedDirectory.Problem) { bytes = try file.read(at: start + offset, count: count) } catch {
                throw ArchiveProblem(error)
            }
        case .store(let store, let location, let etag):
            do throws(ObjectError) {
                bytes = try await store.get(location, range: offset..<offset + count, ifETag: etag)
            } catch { throw ArchiveProblem(error) }
        case .memory(let all): bytes = offset == 0 && count == all.count ? all : Array(all[offset..<offset + count])
        }
        guard bytes.count == count else { throw .changed }
        return bytes
    }

    /// All of it.
    func readAll() async throws(ArchiveProblem) -> [UInt8] { try await read(at: 0, count: byteCount) }
}
