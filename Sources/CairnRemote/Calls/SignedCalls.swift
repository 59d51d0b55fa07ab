import AsyncHTTPClient
import CairnFormat
import CairnNative
package import CairnSystem
import NIOCore
import NIOHTTP1

/// Signed calls of a service that takes posts to its root: AWS's JSON and query protocols.
package struct SignedCalls: Sendable {
    /// How a call says what it is.
    package enum Form: Sendable {
        /// AWS JSON of a version, with the operation and its service in a header.
        case json(version: String, target: String)
        /// Names and values, the operation among them.
        case query

        var contentType: String {
            switch self {
            case .json(let version, _): "application/x-amz-json-\(version)"
            case .query: "application/x-www-form-urlencoded; charset=utf-8"
            }
        }
    }

    /// What a service answered.
    package struct Answer: Sendable {
        package var status: Int
        var body: ByteBuffer

        package var bytes: [UInt8] { Array(body.readableBytesView) }
    }

    /// A call that was not answered, or could not be signed.
    package struct Unanswered: Error, Sendable {
        package let reason: String
    }

    private static let timeoutSeconds: Int64 = 10

    package let endpoint: ServiceEndpoint
    private let service: String
    private let credentials: CredentialsChain
    private let time: any TimeSource
    private let client: HTTPClient

    /// - Parameter service: its name in the scope of signatures, such as `kms`.
    init(
        _ endpoint: ServiceEndpoint, service: String, credentials: CredentialsChain, time: any TimeSource,
        client: HTTPClient = ServiceClients.standard(readSeconds: SignedCalls.timeoutSeconds)
    ) {
        (self.endpoint, self.service, self.credentials, self.time) = (endpoint, service, credentials, time)
        self.client = client
    }

    /// - Parameters:
    ///   - service: its name in the scope of signatures, such as `sns`.
    ///   - authorityFile: the certificates that are trusted, in PEM; nil: those of the system.
    package init(
        _ endpoint: ServiceEndpoint, service: String, credentials: CredentialsChain, time: any TimeSource,
        authorityFile: String?
    ) throws(Unanswered) {
        do throws(ServiceClients.Problem) {
            self.init(
                endpoint, service: service, credentials: credentials, time: time,
                client: try ServiceClients.make(readSeconds: Self.timeoutSeconds, authorityFile: authorityFile))
        } catch { throw Unanswered(reason: error.description) }
    }

    package func close() async { try? await client.shutdown() }

    /// The next call asks for credentials anew: a service says that these have expired.
    package func expireCredentials() async { await credentials.expire() }

    /// One call; whatever its status is.
    ///
    /// - Parameter limit: the largest answer that is read, in bytes.
    package func call(
        _ form: Form, _ body: [UInt8], region: String, limit: Int
    ) async throws(Unanswered) -> Answer {
        var headers = [(name: "host", value: endpoint.host(region)), (name: "content-type", value: form.contentType)]
        if case .json(_, let target) = form { headers.append((name: "x-amz-target", value: target)) }
        let signer: SigV4Signer
        do throws(CredentialsProblem) {
            signer = SigV4Signer(try await credentials.current(), region: region, service: service)
        } catch { throw Unanswered(reason: error.description) }
        let signature = signer.sign(
            SigV4Request(method: "POST", path: "/", headers: headers, bodyHash: SHA256.hash(body).hex),
            at: time.now.seconds)
        var request = HTTPClientRequest(url: endpoint.url(region))
        request.method = .POST
        for (name, value) in headers where name != "host" { request.headers.add(name: name, value: value) }
        for (name, value) in signature.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let deadline = time.uptime + .seconds(Self.timeoutSeconds)
        do {
            let response = try await client.execute(request, timeout: .seconds(Self.timeoutSeconds))
            return Answer(
                status: Int(response.status.code),
                body: try await AnswerBody.collect(response.body, upTo: limit, by: deadline, time))
        } catch {
            throw Unanswered(reason: "\(error)")
        }
    }
}
