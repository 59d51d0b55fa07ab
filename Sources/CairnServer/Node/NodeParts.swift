import CairnAPI
package import CairnCatalog
import CairnDelivery
import CairnDocuments
import CairnFormat
package import CairnHTTP
import CairnHistory
package import CairnKeys
import CairnLog
import CairnNative
import CairnObjects
import CairnSystem
package import CairnTopics
import CairnTrails
package import CoreMetrics
package import Logging

/// The parts of a node, without the ports and the process around them: ``Node`` runs them, and so does the simulator.
package struct NodeParts: Sendable {
    /// Something that goes on while a node lives. It ends when its task is cancelled, and not before.
    package struct Loop: Sendable {
        package let name: String
        package let body: @Sendable () async -> Void
    }

    package let directory: DataDirectory
    package let catalog: Catalog
    package let keyring: Keyring
    package let deployment: Deployment
    package let queues: QueueService
    package let subscriptions: SubscriptionService
    package let door: DoorPart?
    package let loops: [Loop]
    let logKeys: LogKeys
    private let keyServices: KeyServices
    /// With the clock that is not believed when it leaps.
    let seams: Seams
    private let compression: CompressionChoice
    private let logger: Logger
    private let requestByteCount: Int
    private let presignedSecondsMax: Int
    private let isSecure: Bool

    /// Opens a data directory, sets it up if it is new, and recovers its log if the node has a door.
    package static func open(
        role: Node.Role, settings: NodeSettings, seams system: Seams, factory: any MetricsFactory, logger: Logger
    ) async throws(NodeError) -> NodeParts {
        // The clock is not believed when it leaps.
        let clock = GuardedTime(system.time)
        var seams = system
        seams.time = clock
        let directory = DataDirectory(settings.dataDirectory)
        var lock: DiskLock?
        do throws(DiskError) {
            try await seams.disk.makeDirectory(directory.path)
            if role.hasDoor { lock = try await Self.lock(directory, seams) }
        } catch {
            throw .disk(error)
        }
        if role.hasDoor, lock == nil { throw .inUse(directory.path) }
        let documents = try Node.documents(directory, seams)
        let catalog = Catalog(documents)
        let keyring = try await Node.keyring(documents, settings, seams, isMade: role.hasDoor)
        let logKeys: LogKeys
        let keyServices: KeyServices
        do throws(KeyError) {
            logKeys = try await keyring.logKeys()
            keyServices = KeyServices(keyring: keyring, remote: try KeyServices.remote(settings, seams))
        } catch { throw .keys(error) }
        try checkMemory(settings, logger)
        let deployment: Deployment
        if role.hasDoor {
            let establishing = Establishing(
                catalog: catalog, keyring: keyring, seams: seams, directory: directory, settings: settings)
            deployment = try await establishing.run(
                queues: { [seams] in
                    Node.queues(directory, seams, documents, keys: logKeys, partitionCount: $0.partitionCount)
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
        let queues = Node.queues(
            directory, seams, documents, keys: logKeys, partitionCount: deployment.partitionCount)
        let subscriptions = Node.subscriptions(
            directory, seams, documents, keys: logKeys, partitionCount: deployment.partitionCount)

        var loops: [Loop] = []
        var door: DoorPart?
        if let lock {
            let history =
                settings.history == nil
                ? nil : EventHistory(directory, deployment, keyring: keyring, random: seams.random)
            let part = try await DoorPart.open(
                directory: directory, seams: seams, catalog: catalog, keys: logKeys, deployment: deployment,
                settings: settings, history: history, lock: lock, factory: factory, logger: logger)
            door = part
            loops.append(Loop(name: "upkeep") { await part.maintain() })
            let upkeep = KeyUpkeep(
                keyring: keyring, door: part, catalog: catalog, deployment: deployment, seams: seams,
                files: PublicFiles(
                    keyring: keyring, seams: seams, directory: directory, logger: logger, writer: "door"),
                logger: logger)
            loops.append(Loop(name: "keys") { await upkeep.run() })
        }
        if role.hasWorker {
            let logs = door?.logs
            let disk = seams.disk
            let worker = WorkerPart(
                directory: directory, seams: seams, hold: hold, catalog: catalog, keys: keyServices, keyring: keyring,
                logKeys: logKeys, deployment: deployment, settings: settings,
                store: try Node.objects(directory, settings, seams), queues: queues,
                subscriptions: subscriptions, outlets: try Node.outlets(settings, seams, keyring, deployment),
                feeds: try Node.feeds(settings, seams),
                factory: factory, logger: logger
            ) { partition in
                if let logs { return logs[partition] }
                return ReadOnlyLog(disk: disk, directory: directory.log(partition), keys: logKeys)
            }
            loops.append(Loop(name: "delivery") { await worker.run() })
        }
        // Beside the partitions that a worker owns: one that waits for leases has a clock, too.
        loops.append(Loop(name: "clock") { await hold.watch() })
        return NodeParts(
            directory: directory, catalog: catalog, keyring: keyring, deployment: deployment, queues: queues,
            subscriptions: subscriptions, door: door, loops: loops, logKeys: logKeys,
            keyServices: keyServices, seams: seams,
            compression: settings.compression, logger: logger,
            requestByteCount: settings.requestByteCount,
            presignedSecondsMax: settings.presignedSecondsMax,
            isSecure: settings.isSecure)
    }

    /// The door's lock. Commands such as 'status' take it for a moment to see whether a door runs, hence several attempts.
    private static func lock(_ directory: DataDirectory, _ seams: Seams) async throws(DiskError) -> DiskLock? {
        for _ in 0..<10 {
            if let lock = try await seams.disk.lock(directory.doorLock) { return lock }
            do { try await seams.time.sleep(for: .milliseconds(100)) } catch { return nil }
        }
        return nil
    }

    /// Says whether key bytes might be swapped out.
    private static func checkMemory(_ settings: NodeSettings, _ logger: Logger) throws(NodeError) {
        let protection = SecretArena.protection
        guard protection.unlockedByteCount > 0 else { return }
        if settings.requiresMemoryLock { throw .memoryNotLocked(byteCount: protection.unlockedByteCount) }
        logger.warning(
            "memory for keys cannot be locked and might be swapped out: raise the limit (LimitMEMLOCK=, 'ulimit -l')",
            metadata: ["bytes": "\(protection.unlockedByteCount)"])
    }

    /// Why events would be refused now; nil when they would not.
    var readiness: @Sendable () async -> String? {
        let budget = door?.budget
        return { budget?.refusal?.description }
    }

    /// What the door answers over HTTP, and what goes on for it; nil for a node without a door.
    ///
    /// - Parameter metrics: the metrics as text for Prometheus.
    package func routes(metrics: @escaping @Sendable () async -> String) -> (routes: DoorRoutes, loop: Loop)? {
        guard let door else { return nil }
        let refused = RefusedRequests()
        let recorder = CallRecorder(
            catalog: catalog, keys: logKeys, door: door, refused: refused, deployment: deployment, seams: seams,
            logger: logger)
        let routes = DoorRoutes(
            door: door.door, authenticator: Authenticator(catalog: catalog, time: seams.time), time: seams.time,
            budget: BodyBudget(byteCountMax: requestByteCount), services: services(door, recorder, refused),
            readiness: readiness, metrics: metrics)
        return (routes, Loop(name: "calls") { await recorder.run() })
    }

    /// What answers signed requests: the API, the embedded buckets and queues.
    private func services(_ door: DoorPart, _ recorder: CallRecorder, _ refused: RefusedRequests) -> SignedServices {
        let deployment = deployment
        let time = seams.time
        return SignedServices(
            keys: AccessKeys(catalog: catalog, keyring: keyring, time: time, random: seams.random),
            objects: ObjectService(
                files: BucketFiles(root: directory.buckets), keys: keyServices, region: deployment.homeRegion
            ) { (read) throws(DoorError) in
                try await door.append(CairnEvent.json(read, deployment, at: EventTime(seconds: time.now.seconds)))
            },
            queues: QueuePort(
                queues: queues, time: time, region: deployment.homeRegion, account: deployment.account,
                scheme: isSecure ? "https" : "http"),
            cloudTrail: cloudTrail(door, recorder), refused: refused,
            // Of their own: nobody knows who sends them before they are read, and senders of events must not wait for strangers.
            budget: BodyBudget(byteCountMax: requestByteCount / 4), presignedSecondsMax: presignedSecondsMax,
            time: time, random: seams.random)
    }

    /// CloudTrail's API, with this node behind it.
    private func cloudTrail(_ door: DoorPart, _ recorder: CallRecorder) -> CloudTrailPort {
        let (catalog, deployment, keyring, keyServices) = (catalog, deployment, keyring, keyServices)
        let (subscriptions, random) = (subscriptions, seams.random)
        let history = door.history
        let links = NodeLinks(
            awaitInForce: { (revision) throws(APIError) in
                // The door is in this process: what it has appended is in force.
                do throws(NodeError) { try await door.putInForce(revision) } catch {
                    throw APIError(
                        503, "ServiceUnavailable", "the change is saved, and is not in force yet: \(error)")
                }
            },
            key: { (name) throws(KeyError) in try await keyServices.check(name) },
            signingKeys: { () throws(KeyError) in try await keyring.manifest().signing },
            status: { (trail, region) throws(APIError) in
                let read: [TrailStatus]
                do {
                    read = try await TrailStatus.read(
                        catalog: catalog, subscriptions: subscriptions, partitionCount: deployment.partitionCount,
                        of: { $0.id == trail.id }, in: region)
                } catch { throw APIError(503, "ServiceUnavailable", "the status cannot be read: \(error)") }
                return read.first?.state ?? TrailState(isLogging: false)
            },
            begin: { (record) throws(APIError) in try await recorder.begin(record) },
            record: { (record, wasBegun) throws(APIError) in try await recorder.record(record, wasBegun: wasBegun) },
            turn: door.turn,
            put: { (events, principal, peer, region) throws(APIError) in
                var request = Door.Request(principal: principal, peer: peer)
                (request.isSingleJSON, request.region) = (true, region)
                let answer: DoorAnswer
                do throws(DoorError) {
                    answer = try await door.door.take(Array("[\(events.joined(separator: ","))]".utf8), request)
                } catch {
                    throw APIError(error.status.code == 429 ? 429 : 503, "ServiceUnavailable", error.description)
                }
                let refusals = Dictionary(uniqueKeysWithValues: answer.refused.map { ($0.index, $0.refusal) })
                return events.indices.map { refusals[$0] }
            },
            lookup: { (query) throws(APIError) in
                guard let history else {
                    throw APIError(
                        400, "UnsupportedOperationException",
                        "this deployment keeps no event history: see --history-days")
                }
                return try await Self.lookUp(query, in: history)
            },
            random: { random.bytes(16) }, compression: compression)
        return CloudTrailPort(
            service: CloudTrailService(catalog: catalog, deployment: deployment, node: links),
            account: deployment.account, time: seams.time
        ) { (region) throws(ServiceFailure) in
            do throws(CatalogError) { return try await catalog.routing()?.regions.contains(region) ?? false } catch {
                throw ServiceFailure(503, "ServiceUnavailable", error.description)
            }
        }
    }

    private static func lookUp(
        _ query: EventQuery, in history: EventHistory
    ) async throws(APIError) -> EventPage {
        let after = query.after.map { HistoryPlace($0) }
        if case .some(nil) = after { throw APIError(400, "InvalidNextTokenException", "NextToken: it is none of ours") }
        let page: (events: [HistorySearch.Found], next: HistoryPlace?)
        do throws(HistoryError) {
            page = try await history.page(
                HistoryQuery(
                    account: query.account, region: query.region, attribute: query.attribute, value: query.value,
                    start: query.start, end: query.end, after: after ?? nil, limit: query.limit))
        } catch { throw APIError(503, "ServiceUnavailable", error.description) }
        return EventPage(
            events: page.events.map { found in
                EventPage.Event(
                    time: found.place.time, json: String(decoding: found.event, as: UTF8.self), lookup: found.lookup)
            }, next: page.next?.text)
    }

    /// Everything that goes on, until the task is cancelled; then closes the logs in order.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            for loop in loops { group.addTask { await loop.body() } }
        }
        await close()
    }

    /// Closes the logs in order, once nothing goes on any more.
    package func close() async { await door?.close() }
}
