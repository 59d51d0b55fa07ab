import Glibc

/// The machine's own file systems.
///
/// Calls that wait for the disk run on threads of their own; reads, which the page cache answers, run where they are
/// called.
package struct LocalDisk: Disk {
    /// For whole files: a slow or hanging file system of a bucket takes all of these, and nothing else.
    private static let threads = BlockingThreads(count: 8)
    /// For files that stay open: the log, whose syncs producers wait for.
    private static let logThreads = BlockingThreads(count: 4)
    /// O_TMPFILE of Linux on x86-64 and arm64, which the Glibc module doesn't show.
    private static let temporary: Int32 = 0o20_000_000 | O_DIRECTORY

    package init() {}

    // MARK: Files

    package func createFile(_ path: String, byteCount: Int) async throws(DiskError) -> DiskFile {
        try await blocking(Self.logThreads) { () throws(DiskError) in
            let descriptor = try Self.check("create", path) { open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
            if byteCount > 0 {
                let code = posix_fallocate(descriptor, 0, off_t(byteCount))
                if code != 0 {
                    Glibc.close(descriptor)
                    unlink(path)
                    throw DiskError(path: path, operation: "set space aside for", errno: code)
                }
            }
            do throws(DiskError) {
                _ = try Self.check("sync", path) { fsync(descriptor) }
                try Self.syncDirectory(of: path)
            } catch {
                Glibc.close(descriptor)
                unlink(path)
                throw error
            }
            return DiskFile(number: Int(descriptor), path: path)
        }
    }

    package func openFile(_ path: String, writable: Bool) async throws(DiskError) -> DiskFile {
        let descriptor = try Self.check("open", path) {
            open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            Glibc.close(descriptor)
            throw .denied(path: path, operation: "open as a file", errno: EISDIR)
        }
        // Readers ask for much at once, and beyond what is written the log's files are space set aside: reading ahead there
        // fills the page cache with zeros, 5 % of all time under load.
        if !writable { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM) }
        return DiskFile(number: Int(descriptor), path: path)
    }

    package func close(_ file: DiskFile) async { Glibc.close(Int32(file.number)) }

    package func read(_ file: DiskFile, at offset: Int, count: Int) async throws(DiskError) -> [UInt8] {
        try Self.read(Int32(file.number), file.path, at: offset, count: count)
    }

    package func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError) {
        // A few bytes into the page cache are quicker than a change of threads.
        if bytes.count <= 4_096 { return try Self.write(bytes, Int32(file.number), file.path, at: offset) }
        try await blocking(Self.logThreads) { () throws(DiskError) in
            try Self.write(bytes, Int32(file.number), file.path, at: offset)
        }
    }

    package func writeDurably(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError) {
        try await blocking(Self.logThreads) { () throws(DiskError) in
            try Self.write(bytes, Int32(file.number), file.path, at: offset)
            _ = try Self.check("sync", file.path) { fdatasync(Int32(file.number)) }
        }
    }

    package func truncate(_ file: DiskFile, to byteCount: Int) async throws(DiskError) {
        try await blocking(Self.logThreads) { () throws(DiskError) in
            _ = try Self.check("cut", file.path) { ftruncate(Int32(file.number), off_t(byteCount)) }
            _ = try Self.check("sync", file.path) { fsync(Int32(file.number)) }
        }
    }

    package func byteCount(of file: DiskFile) async throws(DiskError) -> Int {
        var status = stat()
        _ = try Self.check("look at", file.path) { fstat(Int32(file.number), &status) }
        return Int(status.st_size)
    }

    package func isNamed(_ file: DiskFile) async throws(DiskError) -> Bool {
        var (open, named) = (stat(), stat())
        _ = try Self.check("look at", file.path) { fstat(Int32(file.number), &open) }
        do throws(DiskError) { _ = try Self.check("look at", file.path) { lstat(file.path, &named) } } catch .notFound {
            return false
        }
        return open.st_ino == named.st_ino && open.st_dev == named.st_dev
    }

    // MARK: Whole files

    package func put(_ bytes: [UInt8], at path: String) async throws(DiskError) {
        try await blocking { () throws(DiskError) in
            let directory = Self.directory(of: path)
            try Self.makeDirectories(directory)
            // A file without a name until it is whole and durable: a crash leaves nothing behind.
            let descriptor = try Self.check("create", path) {
                open(directory, Self.temporary | O_RDWR | O_CLOEXEC, 0o600)
            }
            defer { Glibc.close(descriptor) }
            try Self.write(bytes, descriptor, path, at: 0)
            _ = try Self.check("sync", path) { fsync(descriptor) }
            if linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0 {
                let error = DiskError(path: path, operation: "name", errno: errno)
                // Whoever finds a file there may go on as if it were his own: its name must be durable too.
                if case .exists = error { try Self.syncDirectory(of: path) }
                throw error
            }
            try Self.syncDirectory(of: path)
        }
    }

    package func readFile(_ path: String, limit: Int) async throws(DiskError) -> [UInt8] {
        let descriptor = try Self.check("open", path) { open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
        defer { Glibc.close(descriptor) }
        var status = stat()
        _ = try Self.check("look at", path) { fstat(descriptor, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .denied(path: path, operation: "read", errno: EISDIR) }
        guard Int(status.st_size) <= limit else { throw .tooLarge(path: path, limit: limit) }
        return try Self.read(descriptor, path, at: 0, count: Int(status.st_size))
    }

    package func rename(_ from: String, to: String) async throws(DiskError) {
        try await blocking { () throws(DiskError) in
            try Self.makeDirectories(Self.directory(of: to))
            _ = try Self.check("rename", from) { Glibc.rename(from, to) }
            try Self.syncDirectory(of: to)
            try Self.syncDirectory(of: from)
        }
    }

    package func remove(_ path: String) async throws(DiskError) {
        try await blocking { () throws(DiskError) in
            if unlink(path) != 0 {
                if errno == ENOENT { return }
                throw DiskError(path: path, operation: "remove", errno: errno)
            }
            try Self.syncDirectory(of: path)
        }
    }

    package func makeDirectory(_ path: String) async throws(DiskError) {
        try await blocking { () throws(DiskError) in try Self.makeDirectories(path) }
    }

    package func isDirectory(_ path: String) async throws(DiskError) -> Bool {
        var status = stat()
        _ = try Self.check("look at", path) { lstat(path, &status) }
        return status.st_mode & S_IFMT == S_IFDIR
    }

    package func list(_ directory: String) async throws(DiskError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw DiskError(path: directory, operation: "list", errno: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw DiskError(path: directory, operation: "list", errno: errno) }
        return names.sorted()
    }

    package func lock(_ path: String) async throws(DiskError) -> DiskLock? {
        try Self.makeDirectories(Self.directory(of: path))
        let descriptor = try Self.check("open", path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            if code == EWOULDBLOCK { return nil }
            throw DiskError(path: path, operation: "lock", errno: code)
        }
        return DiskLock { Glibc.close(descriptor) }
    }

    package func freeByteCount(at path: String) async throws(DiskError) -> Int {
        var status = statvfs()
        _ = try Self.check("look at", path) { statvfs(path, &status) }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    // MARK: System calls

    private func blocking<Result: Sendable>(
        _ threads: BlockingThreads = LocalDisk.threads,
        _ body: @escaping @Sendable () throws(DiskError) -> Result
    ) async throws(DiskError) -> Result {
        let result: Swift.Result<Result, DiskError> = await threads.run {
            do throws(DiskError) { return .success(try body()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func check(_ operation: String, _ path: String, _ call: () -> Int32) throws(DiskError) -> Int32 {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { throw DiskError(path: path, operation: operation, errno: errno) }
        }
    }

    private static func read(_ descriptor: Int32, _ path: String, at offset: Int, count: Int) throws(DiskError)
        -> [UInt8]
    {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got == 0 { return }
                if got < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    return
                }
                filled += got
            }
        }
        guard failure == 0 else { throw DiskError(path: path, operation: "read", errno: failure) }
        return bytes
    }

    private static func write(_ bytes: [UInt8], _ descriptor: Int32, _ path: String, at offset: Int) throws(DiskError) {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + done, bytes.count - done, off_t(offset + done))
            }
            if put < 0 {
                if errno == EINTR { continue }
                throw DiskError(path: path, operation: "write", errno: errno)
            }
            done += put
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func syncDirectory(of path: String) throws(DiskError) { try sync(directory: directory(of: path)) }

    private static func sync(directory: String) throws(DiskError) {
        let descriptor = try check("open", directory) { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { Glibc.close(descriptor) }
        _ = try check("sync", directory) { fsync(descriptor) }
    }

    private static func makeDirectories(_ path: String) throws(DiskError) {
        if mkdir(path, 0o700) == 0 { return try syncDirectory(of: path) }
        switch errno {
        case EEXIST:
            var status = stat()
            _ = try check("look at", path) { stat(path, &status) }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw .denied(path: path, operation: "make the directory", errno: ENOTDIR)
            }
        case ENOENT:
            // Somewhere in /proc the directory above is there, and nothing can be made in it all the same.
            let above = directory(of: path)
            guard above != path else { throw DiskError(path: path, operation: "make the directory", errno: ENOENT) }
            try makeDirectories(above)
            if mkdir(path, 0o700) == 0 { return try syncDirectory(of: path) }
            if errno != EEXIST { throw DiskError(path: path, operation: "make the directory", errno: errno) }
        default: throw DiskError(path: path, operation: "make the directory", errno: errno)
        }
    }
}
