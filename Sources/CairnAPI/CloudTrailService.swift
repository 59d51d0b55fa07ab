package import CairnCatalog
package import CairnFormat
import CairnNative
import CairnTrails

/// CloudTrail's own API over the catalog: takes a call that somebody signed, says what is answered.
///
/// It knows nothing of HTTP. Settings are documents that are compared and swapped, so any number of these on one catalog agree.
package struct CloudTrailService: Sendable {
    /// The largest body of a request, in bytes.
    package static let bodyByteCountMax = 1 << 20

    let catalog: Catalog
    let deployment: Deployment
    let node: NodeLinks
    let tokens: PageTokens

    package init(catalog: Catalog, deployment: Deployment, node: NodeLinks) {
        (self.catalog, self.deployment, self.node) = (catalog, deployment, node)
        tokens = PageTokens(key: deployment.nameKey)
    }

    /// What is answered: an object, or why not.
    package typealias Answer = Result<StrictJSON, APIError>

    /// Does what a call asks.
    ///
    /// - Parameters:
    ///   - name: the operation's, as it stands behind the last dot of `X-Amz-Target`.
    ///   - parameters: of the URL, for services that have them there.
    ///   - body: JSON; empty for no members.
    package func answer(
        _ name: String, of service: APIService = .cloudTrail, _ parameters: [(name: String, value: String)] = [],
        _ body: [UInt8], _ call: APICall
    ) async -> Answer {
        let operation = Operation.named(name, of: service)
        let request: Result<StrictJSON, APIError>
        do throws(APIError) { request = .success(try Self.request(body, parameters)) } catch {
            request = .failure(error)
        }
        let record = CallRecord(call, operation, of: service, (try? request.get()) ?? .null)
        guard let operation else { return await recorded(.failure(.unknownOperation(name)), record, isTold: true) }
        do throws(APIError) {
            let request = try request.get()
            try check(call, may: operation)
            try ShapeCheck.check(request, operation.members)
            guard let act = operation.act else {
                throw APIError(
                    400, "UnsupportedOperationException", "\(operation.name) is not supported by this cairn yet")
            }
            let known = Request(json: KnownMembers.of(request, operation.members))
            guard operation.access == .administer else {
                let answer = await Self.answer { () throws(APIError) in try await act(self, call, known) }
                return await recorded(answer, record, isTold: operation.access == .describe)
            }
            return try await change(record, call) { () throws(APIError) in try await act(self, call, known) }
        } catch { return await recorded(.failure(error), record, isTold: operation.access != .lookup) }
    }

    private static func answer(_ act: () async throws(APIError) -> StrictJSON) async -> Answer {
        do throws(APIError) { return .success(try await act()) } catch { return .failure(error) }
    }

    /// Writes a call down, and gives its answer.
    ///
    /// - Parameter isTold: whether it is answered though nothing can be written down: settings and status may be looked at, by who
    ///   is to mend it, and what was refused changed nothing.
    private func recorded(_ answer: Answer, _ record: CallRecord, isTold: Bool) async -> Answer {
        do throws(APIError) { try await node.record(record.with(answer), false) } catch {
            guard isTold else { return .failure(error) }
        }
        return answer
    }

    /// Changes settings: one call after the other. It is noted before anything is changed, written down before the change is in
    /// force, so that what a trail delivers last is the call that stopped it, and answered when it is.
    private func change(
        _ record: CallRecord, _ call: APICall, _ act: () async throws(APIError) -> StrictJSON
    ) async throws(APIError) -> Answer {
        await node.turn.begin()
        defer { node.turn.end() }
        try await node.begin(record)
        let answer = await Self.answer(act)
        try await node.record(record.with(answer), true)
        guard let revision = call.notes.revision else { return answer }
        do throws(APIError) { try await node.awaitInForce(revision) } catch { return .failure(error) }
        return answer
    }

    /// That somebody asked who they are, which needs no permission.
    package func recordIdentity(_ call: APICall) async {
        let operation = Operation("GetCallerIdentity", .describe, [], of: .sts)
        _ = await recorded(
            .success(.object([])), CallRecord(call, operation, of: .sts, .object([])), isTold: true)
    }

    /// The body as an object, with the parameters of the URL; ``ShapeCheck`` looks at its members.
    private static func request(
        _ body: [UInt8], _ parameters: [(name: String, value: String)]
    ) throws(APIError) -> StrictJSON {
        var json = StrictJSON.object([])
        if !body.isEmpty {
            do throws(StrictJSON.Problem) { json = try StrictJSON.parse(body) } catch {
                throw .serialization("the body is not JSON that every reader reads alike: \(error)")
            }
        }
        guard !parameters.isEmpty, case .object(let members) = json else { return json }
        for (i, parameter) in parameters.enumerated()
        where parameters[..<i].contains(where: { $0.name == parameter.name }) || json[parameter.name] != nil {
            throw .serialization("the parameter '\(parameter.name.prefix(100))' stands there twice")
        }
        return .object(parameters.map { ($0.name, .string($0.value)) } + members)
    }

    /// What a principal may do is asked before what it wants is looked at, so that nobody learns from the error.
    private func check(_ call: APICall, may operation: Operation) throws(APIError) {
        // Who is bound to trails changes nothing but those.
        let isBound = call.principal.trails != nil && operation.access == .administer && !operation.isOfTrails
        guard call.principal.may(operation.access.permission), !isBound else {
            throw .denied(call, operation.name, of: operation.service, resource: nil)
        }
    }

    // MARK: The catalog

    /// The settings as they stand.
    func routing() async throws(APIError) -> MatcherSnapshot {
        do throws(CatalogError) {
            guard let routing = try await catalog.routing() else { throw CatalogError.noDeployment }
            return routing
        } catch { throw .catalog(error) }
    }

    /// Changes the settings of a call's account. The change is in force when the call is answered.
    func change<Found: Sendable>(
        _ call: APICall, _ change: (inout MatcherSnapshot) throws(APIError) -> Found
    ) async throws(APIError) -> Found {
        var refusal: APIError?
        var found: Found?
        do throws(CatalogError) {
            call.notes.revision = try await catalog.changeRouting { (snapshot) throws(CatalogError) in
                do throws(APIError) { found = try change(&snapshot) } catch {
                    refusal = error
                    throw .refused(error.message)
                }
            }
        } catch { throw refusal ?? .catalog(error) }
        guard let found else { preconditionFailure("a change that was made gave what it gives") }
        return found
    }
}
