import AsyncHTTPClient
import CairnFormat
import CairnNative
import CairnSystem
import NIOCore
import NIOHTTP1

/// Signed calls of a service that speaks AWS JSON 1.1.
struct SignedCalls: Sendable {
    /// What a service answered.
    struct Answer: Sendable {
        var status: Int
        var body: ByteBuffer
    }

    /// A call that was not answered.
    struct Unanswered: Error, Sendable {
        let reason: String
    }

    private static let timeoutSeconds: Int64 = 10

    let endpoint: ServiceEndpoint
    private let service: String
    private let credentials: SigV4Credentials
    private let time: any TimeSource
    private let client: HTTPClient

    /// - Parameter service: its name in the scope of signatures, such as `kms`.
    init(_ endpoint: ServiceEndpoint, service: String, credentials: SigV4Credentials, time: any TimeSource) {
        (self.endpoint, self.service, self.credentials, self.time) = (endpoint, service, credentials, time)
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(Self.timeoutSeconds))
        configuration.redirectConfiguration = .disallow
        // Trying again is the caller's: it knows what waits meanwhile, and says so.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async { try? await client.shutdown() }

    /// One call; whatever its status is.
    ///
    /// - Parameters:
    ///   - target: `X-Amz-Target`, the operation with its service.
    ///   - limit: the largest answer that is read, in bytes.
    func call(_ target: String, _ body: [UInt8], region: String, limit: Int) async throws(Unanswered) -> Answer {
        let headers = [
            (name: "host", value: endpoint.host(region)), (name: "content-type", value: "application/x-amz-json-1.1"),
            (name: "x-amz-target", value: target),
        ]
        let signature = SigV4Signer(credentials, region: region, service: service).sign(
            SigV4Request(method: "POST", path: "/", headers: headers, bodyHash: SHA256.hash(body).hex),
            at: time.now.seconds)
        var request = HTTPClientRequest(url: endpoint.url(region))
        request.method = .POST
        for (name, value) in headers where name != "host" { request.headers.add(name: name, value: value) }
        for (name, value) in signature.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: .seconds(Self.timeoutSeconds))
            return Answer(
                status: Int(response.status.code), body: try await response.body.collect(upTo: limit))
        } catch {
            throw Unanswered(reason: "\(error)")
        }
    }
}
