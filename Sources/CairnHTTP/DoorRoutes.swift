import CairnCatalog
import CairnFormat
import CairnNative
package import CairnSystem
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore

/// The routes of the door: `POST /v1/events`, `/healthz`, `/readyz`, `/metrics`.
package struct DoorRoutes: Sendable {
    private let door: Door
    private let authenticator: Authenticator
    private let time: any TimeSource
    private let bodyTimeout: Duration
    private let budget: BodyBudget
    private let services: SignedServices
    private let readiness: @Sendable () async -> String?
    private let metrics: @Sendable () async -> String

    /// - Parameters:
    ///   - bodyTimeout: how long a body may take to arrive.
    ///   - budget: what all bodies in flight may take together.
    ///   - services: what answers signed requests.
    ///   - readiness: why events would be refused now; nil when they would not.
    ///   - metrics: the metrics as text for Prometheus.
    package init(
        door: Door,
        authenticator: Authenticator,
        time: any TimeSource,
        bodyTimeout: Duration = .seconds(60),
        budget: BodyBudget,
        services: SignedServices,
        readiness: @escaping @Sendable () async -> String?,
        metrics: @escaping @Sendable () async -> String
    ) {
        self.door = door
        self.authenticator = authenticator
        self.time = time
        self.bodyTimeout = bodyTimeout
        self.budget = budget
        self.services = services
        self.readiness = readiness
        self.metrics = metrics
    }

    /// The routes that producers and readers see.
    package func router<Context: DoorContext>(for context: Context.Type) -> Router<Context> {
        let router = Router(context: context)
        router.add(
            middleware: UnknownPaths(
                known: "POST /v1/events, GET /metrics, /healthz, /readyz, and buckets and queues for signed requests"))
        router.add(middleware: SignedRequests(services: services))
        router.post("/v1/events") { request, context in await answer(request, context.peer) }
        router.get("/metrics") { request, _ in
            do throws(DoorError) { _ = try await principal(request) } catch { return Self.refusal(error) }
            return Self.text(await metrics(), contentType: Self.prometheus)
        }
        Self.addHealth(to: router, readiness)
        return router
    }

    /// The routes of the administrator's own port: metrics without a token.
    package static func adminRouter<Context: DoorContext>(
        for context: Context.Type,
        readiness: @escaping @Sendable () async -> String?,
        metrics: @escaping @Sendable () async -> String
    ) -> Router<Context> {
        let router = Router(context: context)
        router.add(middleware: UnknownPaths(known: "GET /metrics, /healthz, /readyz"))
        router.get("/metrics") { _, _ in text(await metrics(), contentType: prometheus) }
        addHealth(to: router, readiness)
        return router
    }

    private static let prometheus = "text/plain; version=0.0.4; charset=utf-8"

    private static func addHealth<Context: DoorContext>(
        to router: Router<Context>, _ readiness: @escaping @Sendable () async -> String?
    ) {
        router.head("/healthz") { _, _ in Response(status: .ok) }
        router.head("/readyz") { _, _ in Response(status: await readiness() == nil ? .ok : .serviceUnavailable) }
        router.get("/healthz") { _, _ in text("ok\n", contentType: "text/plain") }
        router.get("/readyz") { _, _ in
            if let reason = await readiness() {
                return text("not ready: \(reason)\n", contentType: "text/plain", status: .serviceUnavailable)
            }
            return text("ready\n", contentType: "text/plain")
        }
    }

    /// Who sent a request. That principals cannot be looked up now says nothing of the sender: such a request is to be sent
    /// again, and not given up.
    private func principal(_ request: Request) async throws(DoorError) -> Principal {
        guard let header = request.headers[.authorization], header.count <= 256,
            header.lowercased().hasPrefix("bearer ")
        else { throw .unauthenticated }
        let principal: Principal?
        do throws(CatalogError) {
            principal = try await authenticator.principal(token: String(header.dropFirst(7)))
        } catch { throw .catalog(error) }
        guard let principal else { throw .unauthenticated }
        return principal
    }

    private func answer(_ request: Request, _ peer: String) async -> Response {
        do throws(DoorError) {
            let principal = try await principal(request)
            guard principal.may(.write) else {
                throw .notAllowed(
                    "the principal '\(principal.name)' may not send events: give it 'write' with 'cairn principals set'"
                )
            }
            var details = Door.Request(principal: principal, peer: peer)
            try Self.read(request, into: &details)
            var taken = 0
            defer { budget.release(taken) }
            let body = try await body(of: request, taking: &taken)
            if details.isGzip { try take(Door.inflatedByteCount(of: body) - taken, into: &taken) }
            let answer = try await door.take(body, details)
            let status: HTTPResponse.Status = answer.accepted > 0 ? .ok : .badRequest
            return Self.text(answer.json, contentType: "application/json", status: status)
        } catch {
            return Self.refusal(error)
        }
    }

    private static func read(_ request: Request, into details: inout Door.Request) throws(DoorError) {
        switch request.headers[.contentEncoding]?.lowercased() {
        case nil, "identity": break
        case "gzip": details.isGzip = true
        case .some(let other):
            throw .unsupportedEncoding("Content-Encoding: expected gzip or none, found '\(other.prefix(64))'")
        }
        details.isSingleJSON = request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true
        do throws(FormatError) {
            if let account = request.uri.queryParameters["account"] { details.account = try AccountID(String(account)) }
            if let region = request.uri.queryParameters["region"] { details.region = try Region(String(region)) }
        } catch {
            throw .badRequest("the request's parameters: \(error)")
        }
    }

    /// Makes room for more bytes of a body.
    private func take(_ byteCount: Int, into taken: inout Int) throws(DoorError) {
        guard byteCount > 0 else { return }
        guard budget.take(byteCount) else { throw .busy(limit: budget.byteCountMax) }
        taken += byteCount
    }

    /// The whole body, with a limit of bytes and of time: a slow sender holds a connection, never the door.
    ///
    /// - Parameter taken: grows by what the budget gave. A body whose length is announced gets its room before any of it
    ///   is read, so that what is begun is not refused half way.
    private func body(of request: Request, taking taken: inout Int) async throws(DoorError) -> [UInt8] {
        let length = request.headers[.contentLength].flatMap(Int.init) ?? 0
        if length > Door.bodyByteCountMax {
            throw .tooLarge(
                "the body has \(length) bytes, at most \(Door.bodyByteCountMax) are taken: send less at once")
        }
        try take(length, into: &taken)
        let deadline = time.uptime + bodyTimeout
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length + JSONReader.padding)
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= Door.bodyByteCountMax else {
                    throw DoorError.tooLarge("the body has more than \(Door.bodyByteCountMax) bytes: send less at once")
                }
                try take(bytes.count + part.readableBytes - taken, into: &taken)
                bytes.append(contentsOf: part.readableBytesView)
                if time.uptime > deadline { throw DoorError.timedOut }
            }
        } catch let error as DoorError {
            throw error
        } catch {
            throw .badRequest("the body did not arrive whole")
        }
        return bytes
    }

    private static func refusal(_ error: DoorError) -> Response {
        let status = error.status
        var response = text(
            "{\"error\":\(JSONText.quoted(error.code)),\"message\":\(JSONText.quoted(error.description))}",
            contentType: "application/json",
            status: HTTPResponse.Status(code: status.code)
        )
        if let seconds = status.retryAfter { response.headers[.retryAfter] = String(seconds) }
        if status.code == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"cairn\"" }
        // What is left of a refused body is not read.
        switch error {
        case .tooLarge, .timedOut, .busy: response.headers[.connection] = "close"
        default: break
        }
        return response
    }

    private static func text(
        _ text: String, contentType: String, status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
