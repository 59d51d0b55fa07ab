import CairnDocuments
import GRDB

extension DocumentError {
    /// What an error of SQLite or GRDB means to the caller.
    init(_ error: any Error) {
        if let error = error as? DocumentError {
            self = error
        } else if error is CancellationError {
            self = .unavailable(reason: "the work was cancelled")
        } else if let error = error as? DatabaseError {
            self = Self.sqlite(error)
        } else {
            self = .unavailable(reason: "\(error)")
        }
    }

    /// Source: https://www.sqlite.org/rescode.html
    private static func sqlite(_ error: DatabaseError) -> DocumentError {
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged(reason: error.description)
        case .SQLITE_FULL:
            .unavailable(reason: "\(error.description): free some space, or give cairn a larger file system")
        case .SQLITE_IOERR:
            .unavailable(
                reason: "\(error.description) (extended \(error.extendedResultCode.rawValue)): "
                    + "check the disk with 'dmesg'")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            .unavailable(
                reason: "another process has held the documents for more than 10 seconds: is one of them stopped?")
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            .unavailable(reason: "\(error.description): check who owns the data directory and how it is mounted")
        default: .unavailable(reason: error.description)
        }
    }
}
