package import CairnSystem
import Synchronization

/// A disk in memory that loses power, fills up and fails, from a seed.
///
/// What it must be survived with:
/// - unsynced writes that are lost whole, or torn at any 512 bytes, in any order;
/// - a power failure at any call: the call that it meets has its effect or none;
/// - a failed sync: what was written before it may be on the disk or not, and no later sync changes that;
/// - a call that fails, once or for ever, with or without its effect; a failed write of which any part is there;
/// - no space; places that must not be written; bits that flip at rest.
///
/// Names of files are durable as soon as a call has made them, as ``Disk`` promises.
package final class SimulatedDisk: Disk {
    struct Fault {
        var operation: String
        var path: String
        var error: DiskError
        var left: Int
        var takesEffect: Bool
    }

    struct State {
        var files: [SimulatedPath: Int] = [:]
        var directories: Set<SimulatedPath> = [SimulatedPath("/")]
        var interludes: [(operation: String, path: String, bytes: [UInt8])] = []
        var contents: [Int: SimulatedFile] = [:]
        var open: [Int: Int] = [:]
        var nextNumber = 3
        var locks: Set<String> = []
        var operationCount = 0
        var crashAt: Int?
        var isDown = false
        var faults: [Fault] = []
        var denied: [String] = []
        var unreadable: [(path: String, range: Range<Int>)] = []
        var free = Int.max
        var syncCount = 0
        var generation = 0
        var losses = LostWrites()
    }

    let state = Mutex(State())
    let random: SeededRandom

    /// Runs between a durable write's write and its sync.
    let whileSyncing: @Sendable () async -> Void

    /// - Parameter whileSyncing: what goes on between a durable write's write and its sync; by itself, others go on.
    package init(
        seed: UInt64 = 1,
        whileSyncing: @escaping @Sendable () async -> Void = { for _ in 0..<4 { await Task.yield() } }
    ) {
        random = SeededRandom(seed: seed)
        self.whileSyncing = whileSyncing
    }

    // MARK: What a test does to it

    package var operationCount: Int { state.withLock { $0.operationCount } }
    package var syncCount: Int { state.withLock { $0.syncCount } }
    /// What became of writes that were not synced when power failed or a sync did.
    package var losses: LostWrites { state.withLock { $0.losses } }

    /// After this many more operations everything fails, until ``crash()``.
    package func crashAfter(operations count: Int) { state.withLock { $0.crashAt = $0.operationCount + count } }

    /// Everything fails from now on, until ``crash(survivors:)``.
    package func powerOff() { state.withLock { $0.isDown = true } }

    /// Whether the moment set by ``crashAfter(operations:)`` has come.
    package var isDown: Bool { state.withLock { $0.isDown } }

    /// Power fails and comes back: what was not synced is gone, or there in part; locks are free, no file is open.
    ///
    /// - Parameter survivors: which of the unsynced writes are on the disk, whole, in order of files and writes: a bit for
    ///   each, the last bit for all further ones. Nil: chance decides, and may tear them.
    package func crash(survivors: UInt8? = nil) {
        state.withLock { state in
            let named = Set(state.files.values)
            var number = 0
            let isKept = survivors.map { survivors in
                {
                    defer { number += 1 }
                    return survivors >> min(number, 7) & 1 == 1
                }
            }
            for number in state.contents.keys.sorted() {
                if !named.contains(number) { state.contents[number] = nil }
                if let losses = state.contents[number]?.losePower(random, isKept) { state.losses += losses }
            }
            state.locks = []
            state.open = [:]
            state.crashAt = nil
            state.isDown = false
            state.generation += 1
        }
    }

    /// The next `count` calls of `operation` on paths that contain `path` fail.
    ///
    /// - Parameter takesEffect: whether they fail after they have done what they were to do.
    package func fail(
        _ operation: String, _ path: String, _ error: DiskError, count: Int = 1, takesEffect: Bool = false
    ) {
        let fault = Fault(operation: operation, path: path, error: error, left: count, takesEffect: takesEffect)
        state.withLock { $0.faults.append(fault) }
    }

    /// Takes back every failure that was asked for and has not come yet.
    package func healFaults() { state.withLock { $0.faults = [] } }

    /// Nothing below these paths may be written.
    package func deny(_ paths: [String]) { state.withLock { $0.denied = paths } }

    /// Reads that touch these bytes of a file fail, until it is renamed away.
    package func failReads(_ path: String, from: Int, to: Int) {
        state.withLock { $0.unreadable.append((path, from..<to)) }
    }

    /// How many more bytes fit.
    package func setFree(_ byteCount: Int) { state.withLock { $0.free = byteCount } }

    /// Just before the next call of `operation` on `path`, somebody else writes `bytes` into that file.
    package func meanwhile(before operation: String, _ path: String, write bytes: [UInt8]) {
        state.withLock { $0.interludes.append((operation, path, bytes)) }
    }

    /// How many writes are not synced.
    package var unsyncedCount: Int {
        state.withLock { state in
            let named = Set(state.files.values)
            return state.contents.reduce(0) { $0 + (named.contains($1.key) ? $1.value.unsyncedCount : 0) }
        }
    }

    /// Flips a bit at rest.
    package func corrupt(_ path: String, at offset: Int, bit: Int = 0) {
        state.withLock { state in
            guard let number = state.files[SimulatedPath(path)] else { return }
            state.contents[number]?.flipBit(at: offset, bit: bit)
        }
    }

    /// All files whose paths contain `part`, sorted.
    package func paths(containing part: String) -> [String] {
        state.withLock { state in state.files.keys.map(\.text).filter { $0.contains(part) }.sorted() }
    }

    package func bytes(_ path: String) -> [UInt8]? {
        state.withLock { state in state.files[SimulatedPath(path)].flatMap { state.contents[$0]?.visible } }
    }
}
