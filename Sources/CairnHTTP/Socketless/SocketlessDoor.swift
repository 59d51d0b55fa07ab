import HTTPTypes
import Hummingbird
import NIOCore

/// The door as producers see it, for those who live in the same process and have no socket: the simulator.
///
/// All that happens, happens in the tasks that call it.
package struct SocketlessDoor: Sendable {
    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    private let responder: RouterResponder<SocketlessContext>

    package init(_ routes: DoorRoutes) {
        responder = routes.router(for: SocketlessContext.self).buildResponder()
    }

    /// Posts events, and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - headers: by name, such as `Content-Encoding`; other names than HTTP allows are left out.
    ///   - body: as it comes, piece by piece; it fails if the connection is gone before it is whole.
    /// - Throws: what the server would close the connection for.
    package func post<Body: AsyncSequence & Sendable>(headers: [String: String], body: Body) async throws -> Answer
    where Body.Element == [UInt8] {
        var fields = HTTPFields()
        for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
        let request = Request(
            head: HTTPRequest(
                method: .post, scheme: "http", authority: "door", path: "/v1/events", headerFields: fields),
            body: RequestBody(asyncSequence: body.map { ByteBuffer(bytes: $0) }))
        let response = try await responder.respond(to: request, context: SocketlessContext())
        let collector = AnswerCollector()
        try await response.body.write(collector)
        return Answer(status: Int(response.status.code), body: collector.bytes)
    }
}
