package import CairnSystem
import Synchronization

/// A disk in memory that loses power, fills up and fails, from a seed.
///
/// What it must be survived with: unsynced writes that are lost whole, or torn at any 512 bytes, in any order; a call
/// that fails, once or for ever; no space; bits that flip at rest; a crash between any two calls. Names of files are
/// durable as soon as a call has made them, as ``Disk`` promises.
package final class SimulatedDisk: Disk {
    private struct Content {
        var durable: [UInt8] = []
        /// What a reader sees now.
        var visible: [UInt8] = []
        var writes: [(offset: Int, bytes: [UInt8])] = []
        var isDirectory = false
    }

    private struct Fault {
        var operation: String
        var path: String
        var error: DiskError
        var left: Int
    }

    private struct State {
        var files: [String: Int] = [:]
        var contents: [Int: Content] = [:]
        var open: [Int: Int] = [:]
        var nextNumber = 3
        var locks: Set<String> = []
        var operationCount = 0
        var crashAt: Int?
        var isDown = false
        var faults: [Fault] = []
        var denied: [String] = []
        var free = Int.max
        var syncCount = 0
        var generation = 0
    }

    private let state = Mutex(State())
    private let random: SeededRandom

    package init(seed: UInt64 = 1) { random = SeededRandom(seed: seed) }

    // MARK: What a test does to it

    package var operationCount: Int { state.withLock { $0.operationCount } }
    package var syncCount: Int { state.withLock { $0.syncCount } }

    /// After this many more operations everything fails, until ``crash()``.
    package func crashAfter(operations count: Int) { state.withLock { $0.crashAt = $0.operationCount + count } }

    /// Whether the moment set by ``crashAfter(operations:)`` has come.
    package var isDown: Bool { state.withLock { $0.isDown } }

    /// Power fails and comes back: what was not synced is gone, or there in part; locks are free.
    package func crash() {
        state.withLock { state in
            for number in state.contents.keys.sorted() {
                guard var content = state.contents[number], !content.writes.isEmpty else { continue }
                for write in content.writes {
                    let kept = random.below(3)
                    let count =
                        kept == 0 ? 0 : kept == 1 ? write.bytes.count : random.below(write.bytes.count / 512 + 1) * 512
                    Self.write(Array(write.bytes.prefix(count)), to: &content.durable, at: write.offset)
                }
                content.writes = []
                content.visible = content.durable
                state.contents[number] = content
            }
            state.locks = []
            state.open = [:]
            state.crashAt = nil
            state.isDown = false
            state.generation += 1
        }
    }

    /// The next `count` calls of `operation` on paths that contain `path` fail.
    package func fail(_ operation: String, _ path: String, _ error: DiskError, count: Int = 1) {
        state.withLock { $0.faults.append(Fault(operation: operation, path: path, error: error, left: count)) }
    }

    /// Takes back every failure that was asked for and has not come yet.
    package func healFaults() { state.withLock { $0.faults = [] } }

    /// Nothing below these paths may be written.
    package func deny(_ paths: [String]) { state.withLock { $0.denied = paths } }

    /// How many more bytes fit.
    package func setFree(_ byteCount: Int) { state.withLock { $0.free = byteCount } }

    /// Flips a bit at rest.
    package func corrupt(_ path: String, at offset: Int) {
        state.withLock { state in
            guard let number = state.files[path], offset < state.contents[number]!.durable.count else { return }
            state.contents[number]!.durable[offset] ^= 1
            state.contents[number]!.visible[offset] ^= 1
        }
    }

    /// All files whose paths contain `part`, sorted.
    package func paths(containing part: String) -> [String] {
        state.withLock { state in
            state.files.filter { $0.key.contains(part) && !state.contents[$0.value]!.isDirectory }.keys.sorted()
        }
    }

    package func bytes(_ path: String) -> [UInt8]? {
        state.withLock { state in state.files[path].map { state.contents[$0]!.visible } }
    }

    // MARK: Disk

    private func call<Result>(
        _ operation: String, _ path: String, _ body: (inout State) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        let result: Swift.Result<Result, DiskError> = state.withLock { state in
            if let crashAt = state.crashAt, state.operationCount >= crashAt { state.isDown = true }
            if state.isDown { return .failure(.failed(path: path, operation: operation, errno: 5)) }
            state.operationCount += 1
            if let index = state.faults.firstIndex(where: { $0.operation == operation && path.contains($0.path) }) {
                let fault = state.faults[index]
                state.faults[index].left -= 1
                if state.faults[index].left == 0 { state.faults.remove(at: index) }
                return .failure(fault.error)
            }
            do throws(DiskError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func write(_ bytes: [UInt8], to content: inout [UInt8], at offset: Int) {
        if content.count < offset + bytes.count {
            content += [UInt8](repeating: 0, count: offset + bytes.count - content.count)
        }
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    private static func take(_ byteCount: Int, _ path: String, _ state: inout State) throws(DiskError) {
        guard state.free >= byteCount else { throw .noSpace(path: path) }
        if state.free != .max { state.free -= byteCount }
    }

    private static func check(_ path: String, _ state: State) throws(DiskError) {
        if state.denied.contains(where: { path.hasPrefix($0) }) {
            throw .denied(path: path, operation: "write", errno: 13)
        }
    }

    private static func add(_ path: String, _ content: Content, _ state: inout State) -> Int {
        let number = state.nextNumber
        state.nextNumber += 1
        state.contents[number] = content
        state.files[path] = number
        return number
    }

    private static func number(_ file: DiskFile, _ state: State) throws(DiskError) -> Int {
        guard let number = state.open[file.number] else {
            throw .failed(path: file.path, operation: "use", errno: 9)
        }
        return number
    }

    private static func open(_ number: Int, _ path: String, _ state: inout State) -> DiskFile {
        let descriptor = state.nextNumber
        state.nextNumber += 1
        state.open[descriptor] = number
        return DiskFile(number: descriptor, path: path)
    }

    package func createFile(_ path: String, byteCount: Int) async throws(DiskError) -> DiskFile {
        try call("create", path) { (state) throws(DiskError) in
            try Self.check(path, state)
            guard state.files[path] == nil else { throw .exists(path: path) }
            try Self.take(byteCount, path, &state)
            let zeros = [UInt8](repeating: 0, count: byteCount)
            return Self.open(Self.add(path, Content(durable: zeros, visible: zeros), &state), path, &state)
        }
    }

    package func openFile(_ path: String, writable: Bool) async throws(DiskError) -> DiskFile {
        try call("open", path) { (state) throws(DiskError) in
            guard let number = state.files[path] else { throw .notFound(path: path) }
            return Self.open(number, path, &state)
        }
    }

    package func close(_ file: DiskFile) async { state.withLock { $0.open[file.number] = nil } }

    package func read(_ file: DiskFile, at offset: Int, count: Int) async throws(DiskError) -> [UInt8] {
        try call("read", file.path) { (state) throws(DiskError) in
            let visible = state.contents[try Self.number(file, state)]?.visible ?? []
            return offset >= visible.count ? [] : Array(visible[offset..<min(visible.count, offset + count)])
        }
    }

    package func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError) {
        try call("write", file.path) { (state) throws(DiskError) in
            let number = try Self.number(file, state)
            Self.write(bytes, to: &state.contents[number]!.visible, at: offset)
            state.contents[number]!.writes.append((offset, bytes))
        }
    }

    package func writeDurably(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError) {
        // Two moments at which power may fail: after the write, and after the sync.
        try await write(bytes, to: file, at: offset)
        // A sync takes its time: others go on meanwhile.
        for _ in 0..<4 { await Task.yield() }
        try call("sync", file.path) { (state) throws(DiskError) in
            let number = try Self.number(file, state)
            state.syncCount += 1
            state.contents[number]!.durable = state.contents[number]!.visible
            state.contents[number]!.writes = []
        }
    }

    package func truncate(_ file: DiskFile, to byteCount: Int) async throws(DiskError) {
        try call("cut", file.path) { (state) throws(DiskError) in
            let number = try Self.number(file, state)
            var bytes = state.contents[number]!.visible
            bytes = Array(bytes.prefix(byteCount))
            state.contents[number]!.visible = bytes
            state.contents[number]!.durable = bytes
            state.contents[number]!.writes = []
        }
    }

    package func byteCount(of file: DiskFile) async throws(DiskError) -> Int {
        try call("size", file.path) { (state) throws(DiskError) in
            state.contents[try Self.number(file, state)]?.visible.count ?? 0
        }
    }

    package func put(_ bytes: [UInt8], at path: String) async throws(DiskError) {
        try call("put", path) { (state) throws(DiskError) in
            try Self.check(path, state)
            guard state.files[path] == nil else { throw .exists(path: path) }
            try Self.take(bytes.count, path, &state)
            _ = Self.add(path, Content(durable: bytes, visible: bytes), &state)
        }
    }

    package func readFile(_ path: String, limit: Int) async throws(DiskError) -> [UInt8] {
        try call("read", path) { (state) throws(DiskError) in
            guard let number = state.files[path] else { throw .notFound(path: path) }
            let bytes = state.contents[number]!.visible
            guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
            return bytes
        }
    }

    package func rename(_ from: String, to: String) async throws(DiskError) {
        try call("rename", from) { (state) throws(DiskError) in
            guard let number = state.files.removeValue(forKey: from) else { throw .notFound(path: from) }
            state.files[to] = number
        }
    }

    package func remove(_ path: String) async throws(DiskError) {
        try call("remove", path) { (state) throws(DiskError) in _ = state.files.removeValue(forKey: path) }
    }

    package func makeDirectory(_ path: String) async throws(DiskError) {
        try call("make", path) { (state) throws(DiskError) in try Self.check(path, state) }
    }

    package func isDirectory(_ path: String) async throws(DiskError) -> Bool {
        try call("look", path) { (state) throws(DiskError) in
            if state.files[path] != nil { return false }
            guard state.files.keys.contains(where: { $0.hasPrefix(path + "/") }) else { throw .notFound(path: path) }
            return true
        }
    }

    package func list(_ directory: String) async throws(DiskError) -> [String] {
        try call("list", directory) { (state) throws(DiskError) in
            var names: Set<String> = []
            for path in state.files.keys where path.hasPrefix(directory + "/") {
                names.insert(String(path.dropFirst(directory.count + 1).prefix { $0 != "/" }))
            }
            return names.sorted()
        }
    }

    package func lock(_ path: String) async throws(DiskError) -> DiskLock? {
        try call("lock", path) { (state) throws(DiskError) in
            guard state.locks.insert(path).inserted else { return nil }
            let generation = state.generation
            return DiskLock { [weak self] in
                self?.state.withLock { if $0.generation == generation { $0.locks.remove(path) } }
            }
        }
    }

    package func freeByteCount(at path: String) async throws(DiskError) -> Int {
        try call("look", path) { (state) throws(DiskError) in state.free }
    }
}
