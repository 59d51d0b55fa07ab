import Glibc

/// A regular file that was opened in a ``ConfinedDirectory``, or named by the caller.
package final class ConfinedFile: Sendable {
    private let descriptor: Int32
    /// As it was when it was opened.
    package let byteCount: Int
    /// When it was changed last, before it was opened.
    package let modifiedAt: Timestamp
    /// Another file, or the same with other content, has another one.
    package let revision: String

    init(descriptor: Int32, _ info: stat) {
        self.descriptor = descriptor
        byteCount = Int(info.st_size)
        modifiedAt = Timestamp(
            milliseconds: Int64(info.st_mtim.tv_sec) * 1_000 + Int64(info.st_mtim.tv_nsec) / 1_000_000)
        revision = "\(info.st_dev) \(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec) \(info.st_mtim.tv_nsec)"
    }

    /// Opens a regular file that the caller names, such as one of the command line.
    package convenience init(_ path: String) throws(ConfinedDirectory.Problem) {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: throw .notFound
            case EACCES, EPERM: throw .denied
            default: throw .failed(errno: errno)
            }
        }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .irregular("no regular file")
        }
        self.init(descriptor: descriptor, info)
    }

    deinit { close(descriptor) }

    /// Reads up to `count` bytes; fewer only at the end of the file.
    package func read(at offset: Int, count: Int) throws(ConfinedDirectory.Problem) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    break
                } else if errno != EINTR {
                    failure = errno
                    break
                }
            }
        }
        guard failure == 0 else { throw .failed(errno: failure) }
        return bytes
    }
}
