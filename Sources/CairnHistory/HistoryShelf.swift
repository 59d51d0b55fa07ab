import CairnDocuments
import CairnSQLite
import FoundationEssentials
import Synchronization

/// The files of a partition's event history, each named by the first sequence of the log that it may have.
package final class HistoryShelf: Sendable {
    /// A file, opened.
    struct Shelved: Sendable {
        let name: String
        let first: UInt64
        let file: HistoryFile
    }

    private static let ending = ".sqlite"

    let directory: String
    private let opened = Mutex<[String: HistoryFile]>([:])

    /// - Parameter directory: of the partition.
    package init(_ directory: String) { self.directory = directory }

    private func path(_ name: String) -> String { "\(directory)/\(name)" }

    private static func name(_ first: UInt64) -> String {
        let digits = String(first)
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits + ending
    }

    /// Names, newest first.
    private func names() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter {
            $0.hasSuffix(Self.ending) && $0.utf8.count == 20 + Self.ending.utf8.count
        }.sorted(by: >)
    }

    /// All files, newest first.
    func files() throws(HistoryError) -> [Shelved] {
        var files: [Shelved] = []
        let names = names()
        // What another process removed is let go.
        opened.withLock { opened in opened = opened.filter { names.contains($0.key) } }
        for name in names {
            guard let first = UInt64(name.dropLast(Self.ending.count)) else { continue }
            files.append(Shelved(name: name, first: first, file: try open(name, next: first)))
        }
        return files
    }

    /// The file that is being filled; nil when there is none.
    func newest() throws(HistoryError) -> Shelved? {
        guard let name = names().first, let first = UInt64(name.dropLast(Self.ending.count)) else { return nil }
        return Shelved(name: name, first: first, file: try open(name, next: first))
    }

    /// A new file that begins at a sequence.
    func begin(at first: UInt64) throws(HistoryError) -> Shelved {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw .file(path: directory, reason: "\(error)") }
        let name = Self.name(first)
        return Shelved(name: name, first: first, file: try open(name, next: first))
    }

    private func open(_ name: String, next: UInt64) throws(HistoryError) -> HistoryFile {
        if let known = opened.withLock({ $0[name] }) { return known }
        let file: HistoryFile
        do throws(DocumentError) { file = try HistoryFile(path: path(name), next: next) } catch {
            throw .file(path: path(name), reason: error.description)
        }
        return opened.withLock { opened in
            if let known = opened[name] { return known }
            opened[name] = file
            return file
        }
    }

    /// Closes all files.
    func close() async throws(HistoryError) {
        let all = opened.withLock { opened in
            defer { opened = [:] }
            return opened
        }
        for (name, file) in all {
            do throws(DocumentError) { try await file.close() } catch {
                throw .file(path: path(name), reason: error.description)
            }
        }
    }

    /// Removes a file whose events are all too old.
    func remove(_ shelved: Shelved) async {
        opened.withLock { _ = $0.removeValue(forKey: shelved.name) }
        try? await shelved.file.close()
        for ending in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path(shelved.name) + ending)
        }
    }
}
