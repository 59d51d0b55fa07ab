package import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore

/// The ports of a node as services.
package enum DoorPort {
    /// A connection on which nothing moves for this long is closed.
    private static let idleTimeout = TimeAmount.seconds(30)
    /// The most connections at a time; more wait in the listen queue.
    private static let connectionCountMax = 4_096

    /// - Parameters:
    ///   - tls: the files of the certificate chain and of its key.
    ///   - onStart: is told the port once it listens.
    package static func service(
        _ routes: DoorRoutes,
        host: String,
        port: Int,
        tls: (certificate: String, key: String)?,
        logger: Logger,
        onStart: @escaping @Sendable (_ port: Int) async -> Void
    ) throws(PortError) -> any ApplicationProtocol {
        Application(
            router: routes.router(for: ConnectionContext.self),
            server: try server(tls: tls),
            configuration: configuration(host, port),
            onServerRunning: { channel in await onStart(channel.localAddress?.port ?? port) },
            logger: quiet(logger)
        )
    }

    /// Metrics and health alone, for a node without a door too.
    package static func adminService(
        host: String,
        port: Int,
        logger: Logger,
        readiness: @escaping @Sendable () async -> String?,
        metrics: @escaping @Sendable () async -> String
    ) throws(PortError) -> any ApplicationProtocol {
        Application(
            router: DoorRoutes.adminRouter(for: ConnectionContext.self, readiness: readiness, metrics: metrics),
            server: try server(tls: nil),
            configuration: configuration(host, port),
            logger: quiet(logger)
        )
    }

    private static func server(tls: (certificate: String, key: String)?) throws(PortError) -> HTTPServerBuilder {
        let plain = HTTP1Channel.Configuration(
            additionalChannelHandlers: [LargeReceives()],
            idleTimeout: idleTimeout,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 100))
        guard let tls else { return .http1(configuration: plain) }
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do { chain = try NIOSSLCertificate.fromPEMFile(tls.certificate) } catch {
            throw PortError(file: tls.certificate, reason: "not a certificate chain in PEM: \(error)")
        }
        do { key = try NIOSSLPrivateKey(file: tls.key, format: .pem) } catch {
            throw PortError(file: tls.key, reason: "not a private key in PEM: \(error)")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        do { return try .tls(.http1(configuration: plain), tlsConfiguration: configuration) } catch {
            throw PortError(file: tls.certificate, reason: "\(error)")
        }
    }

    private static func configuration(_ host: String, _ port: Int) -> ApplicationConfiguration {
        ApplicationConfiguration(
            address: .hostname(host, port: port), serverName: "cairn",
            availableConnectionsDelegate: MaximumAvailableConnections(connectionCountMax))
    }

    /// The server's own lines are no news to an operator.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}
