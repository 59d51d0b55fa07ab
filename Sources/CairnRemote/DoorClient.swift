import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Sends events to a door.
package struct DoorClient: Sendable {
    /// What a door answered to a request that it read.
    package struct Reply: Sendable, Equatable, Decodable {
        /// An event that was refused, by its place in the request.
        package struct Refused: Sendable, Equatable, Decodable {
            package var index: Int
            package var code: String
            package var field: String?
            package var expected: String
            package var found: String
        }

        package var accepted: Int
        package var duplicates: Int
        package var conflicts: Int
        package var refusedCount: Int
        package var refused: [Refused]
    }

    private struct Problem: Decodable {
        var error: String
        var message: String
    }

    private let address: String
    private let token: String
    private let client: HTTPClient

    /// - Parameter address: `http://HOST:PORT` or `https://…`.
    package init(address: String, token: String) {
        self.address = address
        self.token = token
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(120))
        // Trying again is the caller's: it knows what it has sent.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func close() async { try? await client.shutdown() }

    /// Sends one request's events. When it returns, every accepted one is durable.
    ///
    /// - Parameter query: such as `account=111122223333`.
    package func send(_ events: [UInt8], query: String) async throws(DoorClientError) -> Reply {
        var request = HTTPClientRequest(url: "\(address)/v1/events\(query.isEmpty ? "" : "?\(query)")")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Content-Type", value: "application/x-ndjson")
        request.body = .bytes(ByteBuffer(bytes: events))
        let status: Int
        let retryAfter: Int?
        let body: ByteBuffer
        do {
            let response = try await client.execute(request, timeout: .seconds(150))
            status = Int(response.status.code)
            retryAfter = response.headers.first(name: "Retry-After").flatMap(Int.init)
            body = try await response.body.collect(upTo: 64 << 20)
        } catch {
            throw .unreachable(address: address, reason: "\(error)")
        }
        let data = Data(body.readableBytesView)
        if let reply = try? JSONDecoder().decode(Reply.self, from: data) { return reply }
        let problem =
            (try? JSONDecoder().decode(Problem.self, from: data))
            ?? Problem(error: "HTTP \(status)", message: "an answer that is none of cairn's")
        if status == 503 || status == 429 || status == 408 {
            throw .busy(code: problem.error, message: problem.message, retryAfter: .seconds(retryAfter ?? 2))
        }
        throw .refused(code: problem.error, message: problem.message)
    }
}
