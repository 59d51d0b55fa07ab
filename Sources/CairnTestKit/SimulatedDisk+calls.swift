import CairnSystem
import Synchronization

/// How a call meets the faults of the disk, and what all calls have in common.
extension SimulatedDisk {
    /// One operation: a moment at which power may fail, or the call alone.
    ///
    /// - Parameter onFault: what a failed call leaves behind.
    func call<Result>(
        _ operation: String,
        _ path: String,
        onFault: (inout State) -> Void = { _ in },
        _ body: (inout State) throws(DiskError) -> Result
    ) throws(DiskError) -> Result {
        let result: Swift.Result<Result, DiskError> = state.withLock { state in
            if state.isDown { return .failure(.failed(path: path, operation: operation, errno: 5)) }
            if let crashAt = state.crashAt, state.operationCount >= crashAt {
                if random.below(2) == 0 { do throws(DiskError) { _ = try body(&state) } catch {} }
                state.isDown = true
                return .failure(.failed(path: path, operation: operation, errno: 5))
            }
            state.operationCount += 1
            if let fault = Self.takeFault(operation, path, &state) {
                if fault.takesEffect { do throws(DiskError) { _ = try body(&state) } catch {} } else { onFault(&state) }
                return .failure(fault.error)
            }
            Self.letOthersWrite(before: operation, path, &state)
            do throws(DiskError) { return .success(try body(&state)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private static func takeFault(_ operation: String, _ path: String, _ state: inout State) -> Fault? {
        guard let index = state.faults.firstIndex(where: { $0.operation == operation && path.contains($0.path) }) else {
            return nil
        }
        let fault = state.faults[index]
        state.faults[index].left -= 1
        if state.faults[index].left == 0 { state.faults.remove(at: index) }
        return fault
    }

    private static func letOthersWrite(before operation: String, _ path: String, _ state: inout State) {
        guard let index = state.interludes.firstIndex(where: { $0.operation == operation && $0.path == path }) else {
            return
        }
        let interlude = state.interludes.remove(at: index)
        if let number = state.files[SimulatedPath(path)] { state.contents[number] = SimulatedFile(interlude.bytes) }
    }

    // MARK: Space

    static func take(_ byteCount: Int, _ path: String, _ state: inout State) throws(DiskError) {
        guard state.free >= byteCount else { throw .noSpace(path: path) }
        if state.free != .max { state.free -= byteCount }
    }

    static func giveBack(_ number: Int?, _ state: inout State) {
        guard let number, state.free != .max else { return }
        state.free += state.contents[number]?.visible.count ?? 0
    }

    // MARK: Names

    /// Whether a path may be written at all.
    static func check(_ path: String, _ state: State) throws(DiskError) {
        if state.denied.contains(where: { path.hasPrefix($0) }) {
            throw .denied(path: path, operation: "write", errno: 13)
        }
    }

    /// Whether a path can be looked up: everything above it is a directory, or missing.
    static func checkWay(to path: String, _ state: State) throws(DiskError) {
        var above = SimulatedPath(path).parent
        while !above.isRoot {
            if state.files[above] != nil { throw .denied(path: path, operation: "go to", errno: 20) }
            above = above.parent
        }
    }

    static func makeDirectories(_ path: SimulatedPath, _ state: inout State) throws(DiskError) {
        try check(path.text, state)
        try checkWay(to: path.text + "/", state)
        var path = path
        while state.directories.insert(path).inserted { path = path.parent }
    }

    static func add(_ path: String, _ file: SimulatedFile, _ state: inout State) -> Int {
        let number = state.nextNumber
        state.nextNumber += 1
        state.contents[number] = file
        state.files[SimulatedPath(path)] = number
        return number
    }

    static func number(_ path: String, _ state: State) throws(DiskError) -> Int {
        if let number = state.files[SimulatedPath(path)] { return number }
        try checkWay(to: path, state)
        if state.directories.contains(SimulatedPath(path)) { throw .denied(path: path, operation: "read", errno: 21) }
        throw .notFound(path: path)
    }

    // MARK: Open files

    static func number(_ file: DiskFile, _ state: State) throws(DiskError) -> Int {
        guard let number = state.open[file.number] else {
            throw .failed(path: file.path, operation: "use", errno: 9)
        }
        return number
    }

    static func open(_ number: Int, _ path: String, _ state: inout State) -> DiskFile {
        let descriptor = state.nextNumber
        state.nextNumber += 1
        state.open[descriptor] = number
        return DiskFile(number: descriptor, path: path)
    }
}
