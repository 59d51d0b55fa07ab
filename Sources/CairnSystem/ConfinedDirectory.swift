import Glibc
import Synchronization

/// A directory of unknown origin, read without ever leaving it: no link is followed, only regular files are opened, and
/// nothing is waited for.
///
/// Paths are relative, their parts joined by slashes. The root itself is the caller's word and may be reached by links.
package final class ConfinedDirectory: Sendable {
    /// What stands in a directory.
    package struct Entry: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            case file
            case directory
            /// A link, a pipe, a device: named for people.
            case irregular(String)
        }

        /// Nil when the name is no UTF-8.
        package let name: String?
        package let kind: Kind
    }

    /// Why something cannot be read.
    package enum Problem: Error, Equatable, Sendable {
        case notFound
        /// It is a link, a pipe, a device or a directory.
        case irregular(String)
        case denied
        case failed(errno: Int32)
    }

    /// The directory that was opened last: its neighbours are often wanted next.
    private struct Recent: ~Copyable {
        var path: String
        var descriptor: Int32
    }

    private let root: Int32
    private let recent: Mutex<Recent>

    package init(_ path: String) throws(Problem) {
        root = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw Self.problem(errno) }
        recent = Mutex(Recent(path: "", descriptor: -1))
    }

    deinit {
        recent.withLock { if $0.descriptor >= 0 { _ = close($0.descriptor) } }
        close(root)
    }

    /// What stands in a directory, sorted by the bytes of the names; "" is the root.
    package func list(_ path: String) throws(Problem) -> [Entry] {
        let descriptor = try openDirectory(path)
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            close(descriptor)
            throw Self.problem(code)
        }
        defer { closedir(stream) }
        var found: [(bytes: [UInt8], kind: Entry.Kind)] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw Self.problem(errno) }
                break
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [UInt8(ascii: ".")] || name == [UInt8(ascii: "."), UInt8(ascii: ".")] { continue }
            var type = Int(entry.pointee.d_type)
            if type == Int(DT_UNKNOWN) { type = Self.type(name, in: descriptor) }
            found.append((name, Self.kind(type)))
        }
        found.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        return found.map { Entry(name: String(validating: $0.bytes, as: UTF8.self), kind: $0.kind) }
    }

    /// When something was put into a directory or taken away last; "" is the root.
    package func modifiedAt(_ path: String) throws(Problem) -> Timestamp {
        let descriptor = try openDirectory(path)
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw Self.problem(errno) }
        return Timestamp(milliseconds: Int64(info.st_mtim.tv_sec) * 1_000)
    }

    /// Opens a regular file.
    package func open(_ path: String) throws(Problem) -> ConfinedFile {
        let parts = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let directory = parts.map { String(path[..<$0]) } ?? ""
        let name = parts.map { String(path[path.index(after: $0)...]) } ?? path
        let parent = try parentDescriptor(directory)
        defer { close(parent) }
        let descriptor = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            // ELOOP: a link. ENXIO: a socket.
            if errno == ELOOP { throw .irregular("a symbolic link") }
            if errno == ENXIO { throw .irregular("a socket") }
            throw Self.problem(errno)
        }
        var info = stat()
        guard fstat(descriptor, &info) == 0 else {
            let code = errno
            close(descriptor)
            throw Self.problem(code)
        }
        guard info.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .irregular(Self.name(info.st_mode))
        }
        return ConfinedFile(descriptor: descriptor, info)
    }

    // MARK: Component by component

    /// A descriptor of its own for a directory, from the one that was used last where that is the same.
    private func parentDescriptor(_ path: String) throws(Problem) -> Int32 {
        let known = recent.withLock {
            $0.path == path && $0.descriptor >= 0 ? fcntl($0.descriptor, F_DUPFD_CLOEXEC, 0) : -1
        }
        if known >= 0 { return known }
        let descriptor = try openDirectory(path)
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        let old = recent.withLock { recent in
            let old = recent.descriptor
            recent = Recent(path: path, descriptor: copy)
            return old
        }
        if old >= 0 { close(old) }
        return descriptor
    }

    private func openDirectory(_ path: String) throws(Problem) -> Int32 {
        // Opened anew: a copy of the root's descriptor would share its place, and a second list would be empty.
        var descriptor = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.problem(errno) }
        for part in path.split(separator: "/", omittingEmptySubsequences: true) {
            guard part != ".", part != ".." else {
                close(descriptor)
                throw .notFound
            }
            let next = openat(descriptor, String(part), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let code = errno
            close(descriptor)
            guard next >= 0 else {
                // A link in the way, or a file.
                throw code == ENOTDIR || code == ELOOP ? .irregular("no directory in the way") : Self.problem(code)
            }
            descriptor = next
        }
        return descriptor
    }

    // MARK: Kinds

    private static func type(_ name: [UInt8], in directory: Int32) -> Int {
        var info = stat()
        let isKnown = (name + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                fstatat(directory, $0.baseAddress!, &info, AT_SYMLINK_NOFOLLOW) == 0
            }
        }
        guard isKnown else { return Int(DT_UNKNOWN) }
        return switch info.st_mode & S_IFMT {
        case S_IFREG: Int(DT_REG)
        case S_IFDIR: Int(DT_DIR)
        case S_IFLNK: Int(DT_LNK)
        case S_IFIFO: Int(DT_FIFO)
        default: Int(DT_UNKNOWN)
        }
    }

    private static func kind(_ type: Int) -> Entry.Kind {
        switch type {
        case Int(DT_REG): .file
        case Int(DT_DIR): .directory
        case Int(DT_LNK): .irregular("a symbolic link")
        case Int(DT_FIFO): .irregular("a pipe")
        case Int(DT_SOCK): .irregular("a socket")
        default: .irregular("a device, or something else that is no file")
        }
    }

    private static func name(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a directory"
        case S_IFIFO: "a pipe"
        case S_IFLNK: "a symbolic link"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }

    private static func problem(_ code: Int32) -> Problem {
        switch code {
        case ENOENT: .notFound
        case EACCES, EPERM: .denied
        default: .failed(errno: code)
        }
    }
}
