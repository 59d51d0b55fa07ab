/// A local disk, as far as cairn needs one. Implementations: ``LocalDisk`` and the faulty one in the test kit.
///
/// Paths are absolute. What a call reports as durable survives a loss of power on a disk that keeps its promises; a
/// crash in the middle of any call leaves either its effect or none, except for ``write(_:to:at:)`` and
/// ``writeDurably(_:to:at:)``, of which any part may be there. A failed sync promises nothing about earlier writes
/// to the file, and must never be repeated as if it could: give the file up.
package protocol Disk: Sendable {
    /// Creates a file that wasn't there, with `byteCount` zero bytes set aside, durably.
    func createFile(_ path: String, byteCount: Int) async throws(DiskError) -> DiskFile
    /// Opens a file that is there, for reading or for both.
    func openFile(_ path: String, writable: Bool) async throws(DiskError) -> DiskFile
    func close(_ file: DiskFile) async
    /// Reads up to `count` bytes; fewer only at the end of the file.
    func read(_ file: DiskFile, at offset: Int, count: Int) async throws(DiskError) -> [UInt8]
    /// Writes all of `bytes`, not yet durably.
    func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError)
    /// Writes all of `bytes` and makes them and everything written before durable.
    func writeDurably(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError)
    /// Cuts the file, durably.
    func truncate(_ file: DiskFile, to byteCount: Int) async throws(DiskError)
    func byteCount(of file: DiskFile) async throws(DiskError) -> Int
    /// Whether the file still stands at its path: nobody has removed, moved or replaced it.
    func isNamed(_ file: DiskFile) async throws(DiskError) -> Bool

    /// Puts a whole file where none is, durably, or throws ``DiskError/exists(path:)``. Makes missing directories.
    func put(_ bytes: [UInt8], at path: String) async throws(DiskError)
    /// Reads a whole regular file of at most `limit` bytes; follows no link in the last component.
    func readFile(_ path: String, limit: Int) async throws(DiskError) -> [UInt8]
    /// Renames, durably; replaces what is at `to`.
    func rename(_ from: String, to: String) async throws(DiskError)
    /// Removes a file, durably. No error when there is none.
    func remove(_ path: String) async throws(DiskError)
    /// Makes a directory and those above it, durably, with mode 0700. No error when it is there.
    func makeDirectory(_ path: String) async throws(DiskError)
    /// Whether a directory, not a link to one, stands there.
    func isDirectory(_ path: String) async throws(DiskError) -> Bool
    /// The names in a directory, sorted; empty when there is no such directory.
    func list(_ directory: String) async throws(DiskError) -> [String]
    /// Takes an exclusive lock that ends with the process; nil when somebody else holds it.
    func lock(_ path: String) async throws(DiskError) -> DiskLock?
    /// Bytes free for us on the file system of `path`.
    func freeByteCount(at path: String) async throws(DiskError) -> Int
}
