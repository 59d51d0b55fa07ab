package import CairnAPI
import CairnCatalog
package import CairnFormat
package import CairnSystem
import HTTPTypes
import Hummingbird
import NIOCore

/// CloudTrail's API in its own protocols: JSON 1.1, and JSON with parameters in the URL for events that come in (reference 0).
package struct CloudTrailPort: Sendable {
    private static let contentType = "application/x-amz-json-1.1"
    /// What stands before an operation's name in `X-Amz-Target`. The SDK for Go sends no more than that; boto3 sends more before it.
    private static let targets: [(SignedService, String)] = [
        (.cloudTrail, "CloudTrail_20131101"), (.organizations, "AWSOrganizationsV20161128"),
    ]
    private static let dataPath = "/PutAuditEvents"

    private let service: CloudTrailService
    /// The account of principals that may act for any.
    private let account: AccountID
    private let time: any TimeSource
    private let isRegion: @Sendable (Region) async throws(ServiceFailure) -> Bool

    /// - Parameters:
    ///   - account: of principals that may act for any account.
    ///   - isRegion: whether a Region is one of the deployment's.
    package init(
        service: CloudTrailService, account: AccountID, time: any TimeSource,
        isRegion: @escaping @Sendable (Region) async throws(ServiceFailure) -> Bool
    ) {
        (self.service, self.account, self.time, self.isRegion) = (service, account, time, isRegion)
    }

    /// The service of the API that a request is meant for, whatever it is signed for; nil: none.
    static func service(of request: ServiceRequest) -> SignedService? {
        if let target = request.header("x-amz-target") {
            return targets.first { target.contains($0.1.prefix { $0 != "_" }) }?.0
        }
        return request.path == dataPath ? .cloudTrailData : nil
    }

    /// The account that a caller's calls are for.
    func account(of caller: Caller) -> AccountID { caller.principal.accounts?.first ?? account }

    /// That somebody asked who they are: an event, if the log takes it.
    func recordIdentity(_ caller: Caller) async { await service.recordIdentity(call(of: caller)) }

    private func call(of caller: Caller) -> APICall {
        APICall(
            principal: caller.principal, account: account(of: caller), region: caller.region, peer: caller.peer,
            userAgent: caller.userAgent, requestID: caller.requestID, time: time.now)
    }

    func answer(
        _ request: ServiceRequest, _ service: SignedService, _ caller: Caller
    ) async throws(ServiceFailure) -> Response {
        guard let api = service.api else { preconditionFailure("\(service) is no service of the API") }
        let operation = try Self.operation(request, service)
        guard try await isRegion(caller.region) else {
            throw ServiceFailure(
                403, "InvalidSignatureException",
                "the Region \(caller.region) that the request is signed for is not one of this deployment")
        }
        let call = call(of: caller)
        let parameters = service == .cloudTrailData ? request.query : []
        switch await self.service.answer(operation, of: api, parameters, request.body, call) {
        case .success(let json): return Self.response(json.json, caller.requestID, status: .ok, of: service)
        case .failure(let error):
            return Self.refusal(ServiceFailure(error.status, error.code, error.message), caller.requestID)
        }
    }

    /// The name of the operation that a request asks for, in the form that its service has.
    private static func operation(
        _ request: ServiceRequest, _ service: SignedService
    ) throws(ServiceFailure) -> String {
        let path = service == .cloudTrailData ? dataPath : "/"
        guard request.method == "POST", request.path == path else {
            throw ServiceFailure(
                404, "UnknownOperationException",
                "expected POST \(path), found \(request.method) \(request.path.prefix(100))")
        }
        let type = request.header("content-type").map { $0.prefix { $0 != ";" }.lowercased() }
        let expected = service == .cloudTrailData ? "application/json" : contentType
        guard type == expected else {
            throw ServiceFailure(
                400, "SerializationException",
                "Content-Type: expected \(expected), found '\((request.header("content-type") ?? "").prefix(100))'")
        }
        guard let prefix = targets.first(where: { $0.0 == service })?.1 else { return String(path.dropFirst()) }
        let target = request.header("x-amz-target") ?? ""
        let parts = target.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[parts.count - 2] == prefix else {
            throw ServiceFailure(
                404, "UnknownOperationException",
                "X-Amz-Target: expected \(prefix).OPERATION, found '\(target.prefix(200))'")
        }
        return String(parts[parts.count - 1])
    }

    /// The error's name stands in the body, and in a header for who reads no body.
    static func refusal(_ failure: ServiceFailure, _ id: UniqueID) -> Response {
        let body = StrictJSON.object([("__type", .string(failure.code)), ("Message", .string(failure.message))])
        var response = response(body.json, id, status: HTTPResponse.Status(code: failure.status))
        if let name = HTTPField.Name("x-amzn-errortype") { response.headers[name] = failure.code }
        return response
    }

    private static func response(
        _ text: String, _ id: UniqueID, status: HTTPResponse.Status, of service: SignedService = .cloudTrail
    ) -> Response {
        var response = Response(
            status: status,
            headers: [.contentType: service == .cloudTrailData ? "application/json" : contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        for (name, value) in [("x-amzn-requestid", id.text), ("x-content-type-options", "nosniff")] {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }
}
