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
        do throws(APIError) {
            if let operation, operation.access == .administer { try await node.begin(record) }
            let answer = await self.answer(operation, name, request, call)
            do throws(APIError) { try await node.record(record.with(answer)) } catch {
                // Settings and status may be looked at though nothing can be written down: who is to mend it needs them.
                guard operation == nil || operation?.access == .describe else { throw error }
            }
            return answer
        } catch { return .failure(error) }
    }

    private func answer(
        _ operation: Operation?, _ name: String, _ request: Result<StrictJSON, APIError>, _ call: APICall
    ) async -> Answer {
        do throws(APIError) {
            guard let operation else { throw .unknownOperation(name) }
            let request = try request.get()
            try check(call, may: operation.access, operation.name)
            try ShapeCheck.check(request, operation.members)
            guard let act = operation.act else {
                throw APIError(
                    400, "UnsupportedOperationException", "\(operation.name) is not supported by this cairn yet")
            }
            return .success(try await act(self, call, Request(json: request)))
        } catch { return .failure(error) }
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
    private func check(_ call: APICall, may access: Access, _ operation: String) throws(APIError) {
        guard call.principal.may(access.permission) else { throw .denied(call, operation, resource: nil) }
    }

    // MARK: The catalog

    /// The settings as they stand.
    func routing() async throws(APIError) -> MatcherSnapshot {
        do throws(CatalogError) {
            guard let routing = try await catalog.routing() else { throw CatalogError.noDeployment }
            return routing
        } catch { throw .catalog(error) }
    }

    /// Changes the settings, and answers once the change is in force.
    func change<Found: Sendable>(
        _ change: (inout MatcherSnapshot) throws(APIError) -> Found
    ) async throws(APIError) -> Found {
        var refusal: APIError?
        var found: Found?
        let revision: UInt64
        do throws(CatalogError) {
            revision = try await catalog.changeRouting { (snapshot) throws(CatalogError) in
                do throws(APIError) { found = try change(&snapshot) } catch {
                    refusal = error
                    throw .refused(error.message)
                }
            }
        } catch { throw refusal ?? .catalog(error) }
        try await node.awaitInForce(revision)
        guard let found else { preconditionFailure("a change that was made gave what it gives") }
        return found
    }
}
