import AsyncHTTPClient
import CairnNative
import CairnSystem
import NIOCore
import NIOHTTP1

/// Unsigned calls of the services that hand out credentials. What they answer is kept in the arena, and cleared where it came
/// in.
struct PlainCalls: Sendable {
    struct Answer: Sendable {
        var status: Int
        var text: KeyMaterial?
    }

    private static let answerByteCountMax = 64 << 10
    private static let timeoutSeconds: Int64 = 3

    private let client: HTTPClient
    private let time: any TimeSource

    init(time: any TimeSource) {
        self.time = time
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(1), read: .seconds(Self.timeoutSeconds))
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func close() async { try? await client.shutdown() }

    func call(
        _ url: String, method: String = "GET", headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws(CredentialsProblem) -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !body.isEmpty { request.body = .bytes(ByteBuffer(bytes: body)) }
        let deadline = time.uptime + .seconds(Self.timeoutSeconds)
        do {
            let response = try await client.execute(request, timeout: .seconds(Self.timeoutSeconds))
            var buffer = try await AnswerBody.collect(
                response.body, upTo: Self.answerByteCountMax, by: deadline, time)
            let text = KeyMaterial(taking: &buffer)
            return Answer(status: Int(response.status.code), text: text)
        } catch {
            throw CredentialsProblem("\(url.split(separator: "?")[0]) does not answer: \(error)")
        }
    }
}
