import Glibc

/// Reads key bytes from a file straight into a ``Secret``, without a copy on the way.
package enum SecretFile {
    /// Why a file of key bytes is not taken.
    package enum Problem: Error, Equatable, Sendable {
        case notFound
        /// A file of that name is there already.
        case exists
        /// Not a regular file, or behind a symbolic link at its last part.
        case notRegular
        /// Others than the owner may read or write it; the mode in octal.
        case permissions(String)
        case empty
        case tooLong(byteCount: Int, limit: Int)
        case failed(errno: Int32)
    }

    /// - Parameters:
    ///   - limit: the most bytes to take.
    ///   - isPrivate: whether to refuse a file that others than its owner may read.
    ///   - groupMayRead: whether the group may all the same: with an access control list its bits are the list's mask.
    ///   - followsLinks: whether the last part may be a symbolic link, as that of a token which is swapped for the next one.
    package static func read(
        _ path: String, limit: Int, isPrivate: Bool, groupMayRead: Bool = false, followsLinks: Bool = false
    ) throws(Problem) -> Secret {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW))
        guard file >= 0 else {
            switch errno {
            case ENOENT: throw .notFound
            case ELOOP: throw .notRegular
            default: throw .failed(errno: errno)
            }
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .failed(errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        if isPrivate, status.st_mode & (groupMayRead ? 0o037 : 0o077) != 0 {
            throw .permissions(String(status.st_mode & 0o777, radix: 8))
        }
        let size = Int(status.st_size)
        guard size > 0 else { throw .empty }
        guard size <= limit else { throw .tooLong(byteCount: size, limit: limit) }
        return try Secret(count: size) { (bytes) throws(Problem) in
            var failure: Problem?
            bytes.withUnsafeMutableBytes { buffer in
                var at = 0
                while at < size {
                    let count = Glibc.read(file, buffer.baseAddress! + at, size - at)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else {
                        failure = count < 0 ? .failed(errno: errno) : .empty
                        return
                    }
                    at += count
                }
            }
            if let failure { throw failure }
        }
    }

    /// Writes key bytes to a new file of mode 0600, durably; the file must not be there.
    ///
    /// It gets its name when it is whole: others never see a part of it, and a crash leaves none behind under that name.
    package static func create(_ path: String, _ secret: borrowing Secret) throws(Problem) {
        var name = Array("\(path).XXXXXX".utf8CString)
        let file = name.withUnsafeMutableBufferPointer { mkstemp($0.baseAddress!) }
        guard file >= 0 else { throw .failed(errno: errno) }
        defer { name.withUnsafeBufferPointer { _ = unlink($0.baseAddress!) } }
        var failure: Problem?
        if fchmod(file, 0o600) != 0 || fcntl(file, F_SETFD, FD_CLOEXEC) != 0 { failure = .failed(errno: errno) }
        secret.withPointer { pointer in
            var at = 0
            while at < secret.count {
                let count = write(file, pointer + at, secret.count - at)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    failure = .failed(errno: errno)
                    return
                }
                at += count
            }
        }
        if failure == nil, fsync(file) != 0 { failure = .failed(errno: errno) }
        close(file)
        if let failure { throw failure }
        guard name.withUnsafeBufferPointer({ link($0.baseAddress!, path) }) == 0 else {
            throw errno == EEXIST ? .exists : .failed(errno: errno)
        }
        if let failure = syncFolder(of: path) {
            unlink(path)
            throw failure
        }
    }

    /// Makes a name's coming or going in its folder durable.
    private static func syncFolder(of path: String) -> Problem? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let folder = parts.isEmpty ? "." : parts.joined(separator: "/") + "/"
        let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return .failed(errno: errno) }
        defer { close(file) }
        return fsync(file) == 0 ? nil : .failed(errno: errno)
    }

    /// Puts the file `new` in the place of `path`, durably; the bytes that stood there are overwritten with zeros.
    package static func overwrite(_ path: String, with new: String) throws(Problem) {
        // Held open, so that what it names can still be overwritten when another file has its name.
        let old = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        defer { if old >= 0 { close(old) } }
        guard rename(new, path) == 0 else { throw .failed(errno: errno) }
        if let failure = syncFolder(of: path) { throw failure }
        if old >= 0 { wipe(old) }
    }

    private static func wipe(_ file: Int32) {
        var status = stat()
        guard fstat(file, &status) == 0 else { return }
        let zeros = [UInt8](repeating: 0, count: min(Int(status.st_size), 1 << 20))
        _ = write(file, zeros, zeros.count)
        fsync(file)
    }

    /// Overwrites a file of key bytes with zeros and removes it.
    package static func destroy(_ path: String) throws(Problem) {
        let file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw .failed(errno: errno)
        }
        wipe(file)
        close(file)
        guard unlink(path) == 0 else { throw .failed(errno: errno) }
        if let failure = syncFolder(of: path) { throw failure }
    }

    /// Reads a line from the terminal without showing it; nil when there is no terminal.
    package static func prompt(_ text: String, limit: Int = 1_024) -> Secret? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var mode = termios()
        guard tcgetattr(terminal, &mode) == 0 else { return nil }
        var silent = mode
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(terminal, TCSAFLUSH, &silent)
        defer { tcsetattr(terminal, TCSAFLUSH, &mode) }
        _ = write(terminal, text, text.utf8.count)
        var count = 0
        let line = Secret(count: limit) { (bytes: inout MutableSpan<UInt8>) in
            bytes.withUnsafeMutableBytes { buffer in
                while count < limit, Glibc.read(terminal, buffer.baseAddress! + count, 1) == 1, buffer[count] != 10 {
                    count += 1
                }
            }
        }
        _ = write(terminal, "\n", 1)
        guard count > 0 else { return nil }
        return line.withKeyBytes { Secret($0.extracting(0..<count)) }
    }

    /// The value of an environment variable, as key bytes; nil when it is not set or empty.
    package static func environment(_ name: String) -> Secret? {
        guard let value = getenv(name), strlen(value) > 0 else { return nil }
        let bytes = UnsafeBufferPointer(
            start: UnsafeRawPointer(value).assumingMemoryBound(to: UInt8.self), count: strlen(value))
        return Secret(bytes.span)
    }
}
