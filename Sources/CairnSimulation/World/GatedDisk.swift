import CairnSystem
import CairnTestKit

/// The disk as one process has it.
struct GatedDisk: Disk {
    let process: SimulatedProcess
    private var world: World { process.world }
    private var disk: SimulatedDisk { process.world.disk }

    init(_ process: SimulatedProcess) { self.process = process }

    private func call<Result: Sendable>(
        _ operation: String, _ path: String, _ body: () async throws(DiskError) -> Result
    ) async throws(DiskError) -> Result {
        if world.strikes(.diskSlow) { await world.pause(.milliseconds(500)) }
        return try await process.pass(
            operation, path, dead: { .failed(path: path, operation: operation, errno: 5) }
        ) { () async throws(DiskError) in
            strike(operation, path)
            return try await body()
        }
    }

    /// What the weather does to a call.
    private func strike(_ operation: String, _ path: String) {
        let broken = DiskError.failed(path: path, operation: operation, errno: 5)
        switch operation {
        case "write", "sync":
            if world.strikes(.writeFails) { return disk.fail("write", path, broken) }
            if operation == "sync", world.strikes(.syncFails) { disk.fail("sync", path, broken) }
        case "read", "size", "list", "look": if world.strikes(.readFails) { disk.fail(operation, path, broken) }
        default:
            if world.strikes(.callFails) { return disk.fail(operation, path, broken) }
            // A lock that is taken by a call that fails is let go with the call.
            if operation == "lock" { return }
            if world.strikes(.callFailsAfterEffect) { disk.fail(operation, path, broken, takesEffect: true) }
        }
    }

    func createFile(_ path: String, byteCount: Int) async throws(DiskError) -> DiskFile {
        try await call("create", path) { () async throws(DiskError) in
            try await disk.createFile(path, byteCount: byteCount)
        }
    }

    func openFile(_ path: String, writable: Bool) async throws(DiskError) -> DiskFile {
        try await call("open", path) { () async throws(DiskError) in
            try await disk.openFile(path, writable: writable)
        }
    }

    func close(_ file: DiskFile) async { await disk.close(file) }

    func isNamed(_ file: DiskFile) async throws(DiskError) -> Bool {
        try await call("look", file.path) { () async throws(DiskError) in try await disk.isNamed(file) }
    }

    func read(_ file: DiskFile, at offset: Int, count: Int) async throws(DiskError) -> [UInt8] {
        try await call("read", file.path) { () async throws(DiskError) in
            try await disk.read(file, at: offset, count: count)
        }
    }

    func write(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError) {
        world.watch(bytes, into: file.path)
        try await call("write", file.path) { () async throws(DiskError) in
            try await disk.write(bytes, to: file, at: offset)
        }
    }

    func writeDurably(_ bytes: [UInt8], to file: DiskFile, at offset: Int) async throws(DiskError) {
        world.watch(bytes, into: file.path)
        try await call("sync", file.path) { () async throws(DiskError) in
            try await disk.writeDurably(bytes, to: file, at: offset)
        }
    }

    func truncate(_ file: DiskFile, to byteCount: Int) async throws(DiskError) {
        try await call("cut", file.path) { () async throws(DiskError) in
            try await disk.truncate(file, to: byteCount)
        }
    }

    func byteCount(of file: DiskFile) async throws(DiskError) -> Int {
        try await call("size", file.path) { () async throws(DiskError) in try await disk.byteCount(of: file) }
    }

    func put(_ bytes: [UInt8], at path: String) async throws(DiskError) {
        try await call("put", path) { () async throws(DiskError) in try await disk.put(bytes, at: path) }
    }

    func readFile(_ path: String, limit: Int) async throws(DiskError) -> [UInt8] {
        try await call("read", path) { () async throws(DiskError) in try await disk.readFile(path, limit: limit) }
    }

    func rename(_ from: String, to: String) async throws(DiskError) {
        try await call("rename", from) { () async throws(DiskError) in try await disk.rename(from, to: to) }
    }

    func remove(_ path: String) async throws(DiskError) {
        try await call("remove", path) { () async throws(DiskError) in try await disk.remove(path) }
    }

    func makeDirectory(_ path: String) async throws(DiskError) {
        try await call("make", path) { () async throws(DiskError) in try await disk.makeDirectory(path) }
    }

    func isDirectory(_ path: String) async throws(DiskError) -> Bool {
        try await call("look", path) { () async throws(DiskError) in try await disk.isDirectory(path) }
    }

    func list(_ directory: String) async throws(DiskError) -> [String] {
        try await call("list", directory) { () async throws(DiskError) in try await disk.list(directory) }
    }

    func lock(_ path: String) async throws(DiskError) -> DiskLock? {
        // Of rivals each believes that it holds the lease.
        if world.plan.hasRivals, path.hasSuffix("/lease") { return DiskLock {} }
        return try await call("lock", path) { () async throws(DiskError) in try await disk.lock(path) }
    }

    func freeByteCount(at path: String) async throws(DiskError) -> Int {
        try await call("look", path) { () async throws(DiskError) in try await disk.freeByteCount(at: path) }
    }
}
