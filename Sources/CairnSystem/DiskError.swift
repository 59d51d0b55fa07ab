import Glibc

/// What went wrong on a disk, split by what the caller will do about it.
package indirect enum DiskError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There already, where only a new file will do.
    case exists(path: String)
    case notFound(path: String)
    /// No room, or over quota.
    case noSpace(path: String)
    /// Not allowed: permissions, a read-only file system, something in the way that is no directory.
    case denied(path: String, operation: String, errno: Int32)
    /// It was removed, moved or replaced while it was open.
    case gone(path: String)
    case tooLarge(path: String, limit: Int)
    case failed(path: String, operation: String, errno: Int32)

    /// The error for an `errno`.
    package init(path: String, operation: String, errno code: Int32) {
        switch code {
        case EEXIST: self = .exists(path: path)
        case ENOENT: self = .notFound(path: path)
        case ENOSPC, EDQUOT: self = .noSpace(path: path)
        case EACCES, EPERM, EROFS, ENOTDIR, EISDIR, ELOOP:
            self = .denied(path: path, operation: operation, errno: code)
        default: self = .failed(path: path, operation: operation, errno: code)
        }
    }

    package var description: String {
        switch self {
        case .exists(let path): "\(path) is there already"
        case .notFound(let path): "\(path) does not exist"
        case .noSpace(let path): "no space for \(path): free some, or give cairn a larger file system"
        case .denied(let path, let operation, let code):
            "not allowed to \(operation) \(path): \(Self.text(code)); check its owner, mode and mount"
        case .gone(let path): "\(path) was removed or replaced while cairn wrote to it: find out by whom"
        case .tooLarge(let path, let limit): "\(path) is larger than the \(limit) bytes allowed"
        case .failed(let path, let operation, let code):
            "cannot \(operation) \(path): \(Self.text(code)) (errno \(code)); check the disk with 'dmesg'"
        }
    }

    private static func text(_ code: Int32) -> String { text(errno: code) }

    /// What the system says of an error number.
    package static func text(errno code: Int32) -> String { String(cString: strerror(code)) }
}
