package import CairnSystem

/// What can go wrong with a log, split by what the caller will do.
package indirect enum LogError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The disk has no room or is at its reserve: refuse, and try again later.
    case full(String)
    /// The disk failed: nothing of the append is acknowledged; trying again goes to a new segment.
    case disk(DiskError)
    /// More is waiting to be written than the limit allows: try again later.
    case overloaded(byteCount: Int, limit: Int)
    /// The range asked for is gone; read where you stand again.
    case trimmed(asked: UInt64, first: UInt64)
    /// A segment holds other bytes than were written.
    case damaged(file: String, offset: Int, sequence: UInt64, reason: String)
    /// The log ends before a sequence that is known to have been durable.
    case lostTail(directory: String, next: UInt64, known: UInt64)
    /// Another process writes here.
    case inUse(directory: String)
    case otherFormat(file: String, version: UInt32)
    /// Another key sealed the file: the keyring or the root key is not the one it was written with.
    case foreignSeal(file: String)
    case readOnly(directory: String)
    /// This process has given the log up.
    case closed(directory: String)
    case tooLarge(byteCount: Int, limit: Int)

    package var description: String {
        switch self {
        case .full(let reason): "the log is full: \(reason)"
        case .disk(let error): "the log's disk failed: \(error)"
        case .overloaded(let count, let limit):
            "\(count) bytes wait to be written to the log, more than the limit of \(limit): the disk is too slow for this load"
        case .trimmed(let asked, let first):
            "sequence \(asked) of the log is gone, the first one kept is \(first): another worker has delivered it"
        case .damaged(let file, let offset, let sequence, let reason):
            "\(file) is damaged at byte \(offset), where sequence \(sequence) should stand (\(reason)): restart the door "
                + "('cairn up' or 'cairn serve'), which salvages what verifies, keeps the file in quarantine and records the gap"
        case .lostTail(let directory, let next, let known):
            "the log in \(directory) ends at sequence \(next), but \(known) is known to have been written: the log lost its "
                + "tail. Don't delete anything; if a backup was restored, see 'Restoring a backup' in README.md"
        case .inUse(let directory):
            "\(directory) is in use by another cairn process: stop that one first, or use another --data directory"
        case .otherFormat(let file, let version):
            "\(file) has format \(version), this cairn reads \(SegmentFormat.version): "
                + (version > SegmentFormat.version
                    ? "use the newer cairn that wrote it"
                    : "it was written by a development version that did not seal its log; deliver it with that version first")
        case .foreignSeal(let file):
            "\(file) does not open under the log key of this keyring: bring back the documents or the root key that it was "
                + "written with ('cairn keys restore'); nothing of the log was touched"
        case .readOnly(let directory): "the log in \(directory) is written by another process; this one only reads it"
        case .closed(let directory): "the log in \(directory) was closed, as this process is ending: send again"
        case .tooLarge(let count, let limit): "an entry of \(count) bytes is larger than the log's limit of \(limit)"
        }
    }

    /// Whether there is no log at all.
    package var isNotFound: Bool {
        if case .disk(let error) = self, case .notFound = error { return true }
        return false
    }

    /// The log's error for a disk's.
    package init(_ error: DiskError) {
        if case .noSpace(let path) = error {
            self = .full("no space for \(path)")
        } else {
            self = .disk(error)
        }
    }
}
