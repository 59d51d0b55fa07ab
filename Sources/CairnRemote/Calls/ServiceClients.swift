import AsyncHTTPClient
import NIOCore
import NIOSSL

/// HTTP clients as every call to a service wants them: no redirects, no attempts of their own, time-outs.
enum ServiceClients {
    struct Problem: Error, Sendable {
        let description: String
    }

    /// One that trusts the system's certificates.
    static func standard(readSeconds: Int64) -> HTTPClient {
        HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: configuration(readSeconds: readSeconds, connectionCountMax: 8))
    }

    /// - Parameters:
    ///   - readSeconds: how long nothing may come.
    ///   - connectionCountMax: the most connections to a host; more requests wait.
    ///   - authorityFile: the certificates that are trusted, in PEM; nil: those of the system.
    ///   - addresses: where hosts are, instead of where the DNS says.
    static func make(
        readSeconds: Int64, connectionCountMax: Int = 8, authorityFile: String?, addresses: [String: String] = [:]
    ) throws(Problem) -> HTTPClient {
        var configuration = configuration(readSeconds: readSeconds, connectionCountMax: connectionCountMax)
        configuration.dnsOverride = addresses
        if let file = authorityFile {
            let trusted: [NIOSSLCertificate]
            do { trusted = try NIOSSLCertificate.fromPEMFile(file) } catch {
                throw Problem(description: "\(file) is no file of certificates in PEM: \(error)")
            }
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(trusted)
            configuration.tlsConfiguration = tls
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    private static func configuration(readSeconds: Int64, connectionCountMax: Int) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(readSeconds))
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionCountMax
        // Trying again is the caller's: it knows what waits meanwhile, and says so.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return configuration
    }
}
