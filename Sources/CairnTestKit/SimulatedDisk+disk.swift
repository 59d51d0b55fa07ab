package import CairnSystem
import Synchronization

extension SimulatedDisk {
    // MARK: Files

    package func createFile(_ path: String, byteCount: Int) async throws(DiskError) -> DiskFile {
        try call("create", path) { (state) throws(DiskError) in
            try Self.check(path, state)
            try Self.checkWay(to: path, state)
            guard state.directories.contains(SimulatedPath(path).parent) else { throw .notFound(path: path) }
            guard state.files[SimulatedPath(path)] == nil, !state.directories.contains(SimulatedPath(path)) else {
                throw .exists(path: path)
            }
            try Self.take(byteCount, path, &state)
            let file = SimulatedFile([UInt8](repeating: 0, count: byteCount))
            return Self.open(Self.add(path, file, &state), path, &state)
        }
    }

    package func openFile(_ path: String, writable: Bool) async throws(DiskError) -> DiskFile {
        try call("open", path) { (state) throws(DiskError) in
            let number = try Self.number(path, state)
            if writable { try Self.check(path, state) }
            return Self.open(number, path, &state)
        }
    }

    package func close(_ file: DiskFile) async { state.withLock { $0.open[file.number] = nil } }

    package func read(_ file: DiskFile, at offset: Int, count: Int) async throws(DiskError) -> [UInt8] {
        try call("read", file.path) { (state) throws(DiskError) in
            let visible = state.contents[try Self.number(file, state)]?.visible ?? []
            let range = offset..<offset + count
            guard !state.unreadable.contains(where: { $0.path == file.path && $0.range.overlaps(range) }) else {
                throw .failed(path: file.path, operation: "read", errno: 5)
            }
            return offset >= visible.count ? [] : Array(visible[offset..<min(visible.count, offset + count)])
        }
    }

    package func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError) {
        func write(_ count: Int, _ state: inout State) throws(DiskError) {
            let number = try Self.number(file, state)
            let growth = max(0, offset + count - (state.contents[number]?.visible.count ?? 0))
            // What fits is written all the same, as on any disk.
            let fitting = min(growth, state.free)
            try Self.take(fitting, file.path, &state)
            state.contents[number]?.write(Array(bytes.prefix(count - growth + fitting)), at: offset)
            if fitting < growth { throw .noSpace(path: file.path) }
        }
        let part = { (state: inout State) in
            do throws(DiskError) { try write(self.random.below(bytes.count + 1), &state) } catch {}
        }
        try call("write", file.path, onFault: part) { (state) throws(DiskError) in try write(bytes.count, &state) }
    }

    package func writeDurably(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError) {
        // Two moments at which power may fail: after the write, and after the sync.
        try await write(bytes, to: file, at: offset)
        // A sync takes its time: others go on meanwhile.
        await whileSyncing()
        let tear = { (state: inout State) in
            guard let number = state.open[file.number] else { return }
            if let losses = state.contents[number]?.tear(self.random) { state.losses += losses }
        }
        try call("sync", file.path, onFault: tear) { (state) throws(DiskError) in
            state.contents[try Self.number(file, state)]?.sync()
            state.syncCount += 1
        }
    }

    package func isNamed(_ file: DiskFile) async throws(DiskError) -> Bool {
        try call("look", file.path) { (state) throws(DiskError) in
            state.files[SimulatedPath(file.path)] == (try Self.number(file, state))
        }
    }

    package func truncate(_ file: DiskFile, to byteCount: Int) async throws(DiskError) {
        try call("cut", file.path) { (state) throws(DiskError) in
            let number = try Self.number(file, state)
            let growth = byteCount - (state.contents[number]?.visible.count ?? 0)
            // A hole takes no space.
            if growth < 0, state.free != .max { state.free -= growth }
            state.contents[number]?.truncate(to: byteCount)
        }
    }

    package func byteCount(of file: DiskFile) async throws(DiskError) -> Int {
        try call("size", file.path) { (state) throws(DiskError) in
            state.contents[try Self.number(file, state)]?.visible.count ?? 0
        }
    }

    // MARK: Whole files

    package func put(_ bytes: [UInt8], at path: String) async throws(DiskError) {
        try call("put", path) { (state) throws(DiskError) in
            try Self.check(path, state)
            try Self.makeDirectories(SimulatedPath(path).parent, &state)
            guard state.files[SimulatedPath(path)] == nil, !state.directories.contains(SimulatedPath(path)) else {
                throw .exists(path: path)
            }
            try Self.take(bytes.count, path, &state)
            _ = Self.add(path, SimulatedFile(bytes), &state)
        }
    }

    package func readFile(_ path: String, limit: Int) async throws(DiskError) -> [UInt8] {
        try call("read", path) { (state) throws(DiskError) in
            let bytes = state.contents[try Self.number(path, state)]?.visible ?? []
            guard bytes.count <= limit else { throw .tooLarge(path: path, limit: limit) }
            return bytes
        }
    }

    package func rename(_ from: String, to: String) async throws(DiskError) {
        try call("rename", from) { (state) throws(DiskError) in
            for i in state.unreadable.indices where state.unreadable[i].path == from { state.unreadable[i].path = to }
            try Self.check(from, state)
            try Self.check(to, state)
            try Self.makeDirectories(SimulatedPath(to).parent, &state)
            let number = try Self.number(from, state)
            if state.directories.contains(SimulatedPath(to)) {
                throw .denied(path: from, operation: "rename", errno: 21)
            }
            if from == to { return }
            Self.giveBack(state.files[SimulatedPath(to)], &state)
            state.files[SimulatedPath(from)] = nil
            state.files[SimulatedPath(to)] = number
        }
    }

    package func remove(_ path: String) async throws(DiskError) {
        try call("remove", path) { (state) throws(DiskError) in
            try Self.check(path, state)
            let number: Int
            do throws(DiskError) { number = try Self.number(path, state) } catch .notFound { return }
            Self.giveBack(number, &state)
            state.files[SimulatedPath(path)] = nil
        }
    }

    package func makeDirectory(_ path: String) async throws(DiskError) {
        try call("make", path) { (state) throws(DiskError) in try Self.makeDirectories(SimulatedPath(path), &state) }
    }

    package func isDirectory(_ path: String) async throws(DiskError) -> Bool {
        try call("look", path) { (state) throws(DiskError) in
            if state.directories.contains(SimulatedPath(path)) { return true }
            _ = try Self.number(path, state)
            return false
        }
    }

    package func list(_ directory: String) async throws(DiskError) -> [String] {
        try call("list", directory) { (state) throws(DiskError) in
            if state.files[SimulatedPath(directory)] != nil {
                throw .denied(path: directory, operation: "list", errno: 20)
            }
            try Self.checkWay(to: directory, state)
            let folder = SimulatedPath(directory)
            let paths = state.files.keys.filter { $0.isIn(folder) }
            let folders = state.directories.filter { $0.isIn(folder) }
            let prefix = folder.isRoot ? 1 : directory.utf8.count + 1
            return (paths + folders).map { String(decoding: $0.text.utf8.dropFirst(prefix), as: UTF8.self) }.sorted()
        }
    }

    package func lock(_ path: String) async throws(DiskError) -> DiskLock? {
        // The lock is made outside of the call: should it be dropped at once, it lets go by a call of its own.
        let generation = try call("lock", path) { (state) throws(DiskError) -> Int? in
            try Self.check(path, state)
            try Self.makeDirectories(SimulatedPath(path).parent, &state)
            if state.files[SimulatedPath(path)] == nil { _ = Self.add(path, SimulatedFile([]), &state) }
            return state.locks.insert(path).inserted ? state.generation : nil
        }
        guard let generation else { return nil }
        return DiskLock { [weak self] in
            self?.state.withLock { if $0.generation == generation { $0.locks.remove(path) } }
        }
    }

    package func freeByteCount(at path: String) async throws(DiskError) -> Int {
        try call("look", path) { (state) throws(DiskError) in state.free }
    }
}
