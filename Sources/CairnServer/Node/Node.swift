import CairnCatalog
import CairnDelivery
package import CairnDocuments
import CairnFormat
import CairnHTTP
package import CairnKeys
import CairnLog
import CairnNative
import CairnSQLite
import CairnSystem
package import CairnTopics
import CoreMetrics
package import Logging
import ServiceLifecycle
import UnixSignals

/// One node over a data directory: a door, a delivery worker, or both.
package struct Node: Sendable {
    /// What a node does.
    package enum Role: Sendable {
        /// Everything in one process.
        case up
        /// The door alone.
        case serve
        /// A delivery worker alone.
        case work

        var hasDoor: Bool { self != .work }
        var hasWorker: Bool { self != .serve }
    }

    private let role: Role
    private let settings: NodeSettings
    private let seams: Seams
    /// The clock of the seams, which is not believed when it leaps.
    private let clock: GuardedTime
    private let logger: Logger

    package init(role: Role, settings: NodeSettings, seams: Seams = .system, logger: Logger) {
        self.role = role
        self.settings = settings
        var seams = seams
        clock = GuardedTime(seams.time)
        seams.time = clock
        self.seams = seams
        self.logger = logger
    }

    /// The door's lock. Commands such as 'status' take it for a moment to see whether a door runs, hence several attempts.
    private static func lock(_ directory: DataDirectory, _ seams: Seams) async throws(DiskError) -> DiskLock? {
        for _ in 0..<10 {
            if let lock = try await seams.disk.lock(directory.doorLock) { return lock }
            do { try await seams.time.sleep(for: .milliseconds(100)) } catch { return nil }
        }
        return nil
    }

    /// Opens the documents of a data directory.
    package static func documents(_ directory: DataDirectory) throws(NodeError) -> any DocumentStore {
        do throws(DocumentError) { return try SQLiteDocuments(path: directory.documents) } catch {
            throw .documents(error)
        }
    }

    /// The keyring of a data directory.
    ///
    /// - Parameter isMade: whether to make one if there is none.
    package static func keyring(
        _ documents: any DocumentStore, _ settings: NodeSettings, _ seams: Seams, isMade: Bool
    ) async throws(NodeError) -> Keyring {
        do throws(KeyError) {
            let kms = try KeyServices.remote(settings, seams)
            if isMade {
                return try await Keyring.establish(
                    documents: documents, time: seams.time, random: seams.random, root: settings.rootKey,
                    period: settings.keyPeriod, kms: kms, environment: seams.environment)
            }
            return try await Keyring.open(
                documents: documents, time: seams.time, random: seams.random, root: settings.rootKey,
                period: settings.keyPeriod, kms: kms, environment: seams.environment)
        } catch { throw .keys(error) }
    }

    /// The queues of a data directory, readable from any process.
    package static func queues(
        _ directory: DataDirectory, _ seams: Seams, _ documents: any DocumentStore, keys: LogKeys, partitionCount: Int
    ) -> QueueService {
        let readers = TopicReaders(disk: seams.disk, directory: directory, keys: keys)
        return QueueService(
            documents: documents, time: seams.time, random: seams.random, partitionCount: partitionCount
        ) { readers.log($0, $1) }
    }

    /// Runs until SIGTERM or SIGINT, then ends in order: the door first, then delivery.
    package func run(onStart: @escaping @Sendable (_ ports: [String]) async -> Void) async throws(NodeError) {
        let directory = DataDirectory(settings.dataDirectory)
        var lock: DiskLock?
        do throws(DiskError) {
            try await seams.disk.makeDirectory(directory.path)
            if role.hasDoor { lock = try await Self.lock(directory, seams) }
        } catch {
            throw .disk(error)
        }
        if role.hasDoor, lock == nil { throw .inUse(directory.path) }
        let documents = try Self.documents(directory)
        let catalog = Catalog(documents)
        let keyring = try await Self.keyring(documents, settings, seams, isMade: role.hasDoor)
        let logKeys: LogKeys
        let keyServices: KeyServices
        do throws(KeyError) {
            logKeys = try await keyring.logKeys()
            keyServices = KeyServices(keyring: keyring, remote: try KeyServices.remote(settings, seams))
        } catch { throw .keys(error) }
        try checkMemory()
        let establishing = Establishing(
            catalog: catalog, keyring: keyring, seams: seams, directory: directory, settings: settings)
        let seams = seams
        let deployment: Deployment
        if role.hasDoor {
            deployment = try await establishing.run(
                queues: {
                    Self.queues(directory, seams, documents, keys: logKeys, partitionCount: $0.partitionCount)
                },
                makesTrail: true)
        } else {
            do throws(CatalogError) { deployment = try await catalog.deployment() } catch { throw .catalog(error) }
        }
        let hold = ClockHold(
            time: clock, catalog: catalog, findings: FindingLog(catalog: catalog, time: seams.time, logger: logger),
            logger: logger)
        do throws(CatalogError) {
            try await hold.judgeStart(partitionCount: deployment.partitionCount, isKept: seams.clockIsKept())
        } catch { throw .catalog(error) }
        let metrics = PrometheusMetrics()
        let queues = Self.queues(
            directory, seams, documents, keys: logKeys, partitionCount: deployment.partitionCount)

        var services: [any Service] = []
        var door: DoorPart?
        if let lock {
            let part = try await DoorPart.open(
                directory: directory, seams: seams, catalog: catalog, keys: logKeys, deployment: deployment,
                settings: settings, lock: lock,
                factory: metrics, logger: logger)
            door = part
            services.append(LoopService(name: "upkeep") { await part.maintain() })
            let upkeep = KeyUpkeep(
                keyring: keyring, door: part, catalog: catalog, deployment: deployment, seams: seams,
                files: PublicFiles(
                    keyring: keyring, seams: seams, directory: directory, logger: logger, writer: "door"),
                logger: logger)
            services.append(LoopService(name: "keys") { await upkeep.run() })
        }
        if !role.hasWorker {
            services.append(LoopService(name: "clock") { await hold.watch() })
        }
        if role.hasWorker {
            let logs = door?.logs
            let worker = WorkerPart(
                directory: directory, seams: seams, hold: hold, catalog: catalog, keys: keyServices, keyring: keyring,
                logKeys: logKeys,
                deployment: deployment, settings: settings, queues: queues, factory: metrics, logger: logger
            ) { partition in
                if let logs { return logs[partition] }
                return ReadOnlyLog(disk: seams.disk, directory: directory.log(partition), keys: logKeys)
            }
            services.append(LoopService(name: "delivery") { await worker.run() })
        }
        let gauges = StatusGauges(
            catalog: catalog, directory: directory, seams: seams, keys: logKeys, budget: door?.budget,
            deployment: deployment)
        services += try ports(door, catalog, metrics: metrics, gauges: gauges, onStart: onStart)
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(
                        service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup)
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            ))
        do {
            try await group.run()
        } catch {
            throw .listen(address: "\(settings.listen.host):\(settings.listen.port)", reason: "\(error)")
        }
        await door?.close()
    }

    /// Says whether key bytes might be swapped out.
    private func checkMemory() throws(NodeError) {
        let protection = SecretArena.protection
        guard protection.unlockedByteCount > 0 else { return }
        if settings.requiresMemoryLock { throw .memoryNotLocked(byteCount: protection.unlockedByteCount) }
        logger.warning(
            "memory for keys cannot be locked and might be swapped out: raise the limit (LimitMEMLOCK=, 'ulimit -l')",
            metadata: ["bytes": "\(protection.unlockedByteCount)"])
    }

    private func ports(
        _ door: DoorPart?,
        _ catalog: Catalog,
        metrics: PrometheusMetrics,
        gauges: StatusGauges,
        onStart: @escaping @Sendable (_ ports: [String]) async -> Void
    ) throws(NodeError) -> [any Service] {
        let text: @Sendable () async -> String = { metrics.text(gauges: await gauges.read()) }
        let readiness: @Sendable () async -> String? = { door?.budget.refusal?.description }
        var services: [any Service] = []
        do throws(PortError) {
            if let door {
                let routes = DoorRoutes(
                    door: door.door, authenticator: Authenticator(catalog: catalog, time: seams.time), time: seams.time,
                    budget: BodyBudget(byteCountMax: settings.requestByteCount), readiness: readiness, metrics: text)
                services.append(
                    try DoorPort.service(
                        routes, host: settings.listen.host, port: settings.listen.port,
                        tls: settings.tls.map { ($0.certificateFile, $0.keyFile) }, logger: logger
                    ) { port in await onStart(["door \(settings.listen.host):\(port)"]) })
            } else {
                services.append(
                    LoopService(name: "start") {
                        await onStart([])
                        try? await gracefulShutdown()
                    })
            }
            if let admin = settings.adminListen {
                services.append(
                    try DoorPort.adminService(
                        host: admin.host, port: admin.port, logger: logger, readiness: readiness, metrics: text))
            }
        } catch {
            throw .tls(file: error.file, reason: error.reason)
        }
        return services
    }
}
