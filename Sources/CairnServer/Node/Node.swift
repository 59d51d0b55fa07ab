import CairnCatalog
import CairnHTTP
import CairnLog
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
    private let logger: Logger

    package init(role: Role, settings: NodeSettings, seams: Seams = .system, logger: Logger) {
        (self.role, self.settings, self.seams, self.logger) = (role, settings, seams, logger)
    }

    /// Runs until SIGTERM or SIGINT, then ends in order: the door first, then delivery.
    package func run(onStart: @escaping @Sendable (_ ports: [String]) async -> Void) async throws(NodeError) {
        let metrics = PrometheusMetrics()
        let parts = try await NodeParts.open(
            role: role, settings: settings, seams: seams, factory: metrics, logger: logger)
        var services: [any Service] = parts.loops.map { LoopService(name: $0.name, body: $0.body) }
        let gauges = StatusGauges(
            catalog: parts.catalog, directory: parts.directory, seams: parts.seams, keys: parts.logKeys,
            budget: parts.door?.budget, deployment: parts.deployment, subscriptions: parts.subscriptions)
        services += try ports(parts, metrics: metrics, gauges: gauges, onStart: onStart)
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
        await parts.close()
    }

    private func ports(
        _ parts: NodeParts,
        metrics: PrometheusMetrics,
        gauges: StatusGauges,
        onStart: @escaping @Sendable (_ ports: [String]) async -> Void
    ) throws(NodeError) -> [any Service] {
        let text: @Sendable () async -> String = { metrics.text(gauges: await gauges.read()) }
        var services: [any Service] = []
        do throws(PortError) {
            if let (routes, loop) = parts.routes(metrics: text) {
                services.append(LoopService(name: loop.name, body: loop.body))
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
                        host: admin.host, port: admin.port, logger: logger, readiness: parts.readiness, metrics: text))
            }
        } catch {
            throw .tls(file: error.file, reason: error.reason)
        }
        return services
    }
}
