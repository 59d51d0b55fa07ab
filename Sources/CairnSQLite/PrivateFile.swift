import CairnDocuments
import FoundationEssentials

/// A file that nobody else may read.
enum PrivateFile {
    /// Makes an empty file of mode 0600 where there is none, and sets that mode where it is another.
    ///
    /// To be called before SQLite opens the file: the mode is inherited by the `-wal` and `-shm` beside it.
    static func make(_ path: String) throws(DocumentError) {
        do {
            // Never over a file that is there: another process may have made it this moment, and filled it.
            try Data().write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
        } catch {
            guard FileManager.default.fileExists(atPath: path) else {
                throw .unavailable(
                    reason: "\(path) cannot be made: check who owns its directory and how it is mounted (\(error))")
            }
        }
        do {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            if mode as? UInt == 0o600 { return }
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        } catch {
            throw .unavailable(
                reason: "the mode of \(path) is not 0600 and cannot be set: do so with 'chmod' (\(error))")
        }
    }
}
