import CairnDocuments
import CairnHTTP
import CairnKeys
import CairnLog
import CairnObjects
import CairnRemote
import CairnServer
import CairnSystem
import CairnTestKit
import CairnTopics
import CoreMetrics
import Logging
import Synchronization

/// The machine that a node runs on: starts its processes again whenever they end, as an init system does.
final class Machine: Sendable {
    /// A door that answers requests, and whose it is.
    struct OpenDoor: Sendable {
        let door: SocketlessDoor
        let process: SimulatedProcess
    }

    private struct State {
        var running: [SimulatedProcess] = []
        var door: OpenDoor?
        var isPowered = true
        /// What is left of unsynced writes when the power is gone; nil: chance decides.
        var survivors: UInt8?
        var darkness = Duration.zero
        var isClosing = false
        var startCount = 0
    }

    static let rootVariable = "CAIRN_SIMULATED_ROOT"
    static let root = String(repeating: "5c", count: 32)
    static let kmsEndpoint = "https://kms.example"

    let world: World
    let settings: NodeSettings
    private let dice: SeededRandom
    private let state = Mutex(State())
    private let cuts = AsyncStream.makeStream(of: Void.self)

    init(_ world: World, settings: NodeSettings) {
        (self.world, self.settings) = (world, settings)
        dice = world.dice("machine")
        world.onCrash { [weak self] point in self?.cutPower(for: .seconds(1), survivors: point.survivors) }
    }

    var door: OpenDoor? { state.withLock { $0.door } }

    /// The token of the first principal, as an operator finds it.
    var token: String? {
        let file = world.disk.bytes(DataDirectory(settings.dataDirectory).credentials) ?? []
        let line = String(decoding: file, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("cairn_token = ") }
        return line.map { String($0.dropFirst("cairn_token = ".count)) }
    }

    var running: [SimulatedProcess] { state.withLock { $0.running } }

    /// Which processes there are.
    private var roles: [Node.Role] {
        world.plan.workerCount == 0 ? [.up] : [.serve] + [Node.Role](repeating: .work, count: world.plan.workerCount)
    }

    /// Runs until it is closed and all processes have ended.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            for (number, role) in roles.enumerated() { group.addTask { await self.keep(role, number) } }
            group.addTask { await self.watchPower() }
        }
    }

    private func keep(_ role: Node.Role, _ number: Int) async {
        while !state.withLock({ $0.isClosing }) {
            if state.withLock({ $0.isPowered }) {
                let start = state.withLock { state in
                    state.startCount += 1
                    return state.startCount
                }
                await live(role, SimulatedProcess("\(role)-\(number).\(start)", world))
            }
            await world.pause(.milliseconds(100 + dice.below(2_000)))
        }
    }

    private func live(_ role: Node.Role, _ process: SimulatedProcess) async {
        let task = Task(executorPreference: world.stepper) { await self.main(role, process) }
        state.withLock { $0.running.append(process) }
        process.began(task)
        await task.value
        process.ended()
        state.withLock { state in
            state.running.removeAll { $0 === process }
            if state.door?.process === process {
                state.door = nil
                world.doors.closes(at: world.time.uptime)
            }
        }
        world.note("\(process.name) has ended")
    }

    private func main(_ role: Node.Role, _ process: SimulatedProcess) async {
        world.note("\(process.name) starts")
        let logger = Logger(label: process.name) { _ in TraceLog(process: process) }
        let parts: NodeParts
        do throws(NodeError) {
            parts = try await NodeParts.open(
                role: role, settings: settings, seams: seams(of: process), factory: NOOPMetricsHandler.instance,
                logger: logger)
        } catch {
            world.note("\(process.name) cannot start: \(error)")
            return
        }
        if let (routes, _) = parts.routes(metrics: { "" }) {
            state.withLock { $0.door = OpenDoor(door: SocketlessDoor(routes), process: process) }
            world.doors.opens(at: world.time.uptime)
        }
        await parts.run()
    }

    /// What a process has of the world.
    func seams(of process: SimulatedProcess) -> Seams {
        let disk = GatedDisk(process)
        return Seams(
            disk: disk, time: world.time, random: process.random,
            environment: { _ in nil },
            clockIsKept: { [world] in !world.plan.faults.contains(.clockLeaps) },
            documents: { (_) throws(DocumentError) in GatedDocuments(process) },
            objects: { GatedObjects(process, DirectoryStore(disk: disk, root: $0)) },
            s3: { (_) throws(CredentialsProblem) in throw CredentialsProblem("there is no S3 in a simulated world") },
            outlets: { (_, _, _) throws(TopicError) in
                { (_) throws(TopicError) in GatedOutlet(process) }
            },
            feeds: { (_) throws(TopicError) in { _ in GatedFeed(process) } },
            kms: { (_) throws(KeyError) in GatedKMS(process) },
            makeRSAKey: { [world] _ in world.keys.make() },
            ownerLogs: world.plan.hasRivals
                ? OwnerLogs(
                    open: { (opening) async throws(LogError) in
                        (
                            GatedLog(
                                process: process, log: process.world.stream(opening.directory), name: opening.directory),
                            []
                        )
                    },
                    isThere: { (_) throws(DiskError) in true },
                    read: { name, _ in GatedLog(process: process, log: process.world.stream(name), name: name) })
                : .segments(disk: disk, random: process.random, time: world.time))
    }

    // MARK: What is done to it

    /// Power fails, and comes back after a while.
    func losePower(for duration: Duration) async {
        cutPower(for: duration, survivors: nil)
        while !state.withLock({ $0.isPowered }) { await world.pause(.milliseconds(5)) }
    }

    private func cutPower(for duration: Duration, survivors: UInt8?) {
        let running = state.withLock { state -> [SimulatedProcess]? in
            guard state.isPowered else { return nil }
            (state.isPowered, state.darkness, state.survivors) = (false, duration, survivors)
            return state.running
        }
        // It is gone already.
        guard let running else { return }
        world.note("power is lost")
        world.disk.powerOff()
        for process in running { process.kill() }
        cuts.continuation.yield()
    }

    /// Once nothing runs any more, the disk shows what has reached it, and the power comes back.
    private func watchPower() async {
        for await _ in cuts.stream {
            while !running.isEmpty { await world.pause(.milliseconds(1)) }
            let (darkness, survivors) = state.withLock { ($0.darkness, $0.survivors) }
            world.disk.crash(survivors: survivors)
            await world.pause(darkness)
            state.withLock { $0.isPowered = true }
            world.note("power is back")
        }
    }

    /// Nothing is started any more.
    func close() {
        state.withLock { $0.isClosing = true }
        cuts.continuation.finish()
        for process in running { process.stop() }
    }
}
