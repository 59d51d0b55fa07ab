package import CairnAPI
import CairnCatalog
package import CairnFormat
package import CairnSystem
import HTTPTypes
import Hummingbird
import NIOCore

/// CloudTrail's API in its own protocol, JSON 1.1 (reference 0.1).
package struct CloudTrailPort: Sendable {
    private static let contentType = "application/x-amz-json-1.1"
    /// What stands before the operation's name in `X-Amz-Target`. The SDK for Go sends no more than that; boto3 sends more before it.
    private static let target = "CloudTrail_20131101"

    private let service: CloudTrailService
    /// The account of principals that may act for any.
    private let account: AccountID
    private let time: any TimeSource
    private let isRegion: @Sendable (Region) async -> Bool

    /// - Parameters:
    ///   - account: of principals that may act for any account.
    ///   - isRegion: whether a Region is one of the deployment's.
    package init(
        service: CloudTrailService, account: AccountID, time: any TimeSource,
        isRegion: @escaping @Sendable (Region) async -> Bool
    ) {
        (self.service, self.account, self.time, self.isRegion) = (service, account, time, isRegion)
    }

    /// Whether a request is meant for it, whatever it is signed for.
    static func isFor(_ request: ServiceRequest) -> Bool {
        request.header("x-amz-target")?.contains("CloudTrail_") == true
    }

    func answer(_ request: ServiceRequest, _ caller: Caller) async throws(ServiceFailure) -> Response {
        guard request.method == "POST", request.path == "/" else {
            throw ServiceFailure(
                404, "UnknownOperationException", "expected POST /, found \(request.method) \(request.path.prefix(100))"
            )
        }
        let parts = (request.header("x-amz-target") ?? "").split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts[parts.count - 2] == Self.target else {
            throw ServiceFailure(
                404, "UnknownOperationException",
                "X-Amz-Target: expected \(Self.target).OPERATION, found '\((request.header("x-amz-target") ?? "").prefix(200))'"
            )
        }
        let type = request.header("content-type").map { $0.prefix { $0 != ";" }.lowercased() }
        guard type == Self.contentType else {
            throw ServiceFailure(
                400, "SerializationException",
                "Content-Type: expected \(Self.contentType), found '\((request.header("content-type") ?? "").prefix(100))'"
            )
        }
        guard await isRegion(caller.region) else {
            throw ServiceFailure(
                403, "InvalidSignatureException",
                "the Region \(caller.region) that the request is signed for is not one of this deployment")
        }
        let call = APICall(
            principal: caller.principal, account: caller.principal.accounts?.first ?? account, region: caller.region,
            peer: caller.peer, userAgent: caller.userAgent, requestID: caller.requestID, time: time.now)
        switch await service.answer(String(parts[parts.count - 1]), request.body, call) {
        case .success(let json): return Self.response(json.json, caller.requestID, status: .ok)
        case .failure(let error):
            return Self.refusal(ServiceFailure(error.status, error.code, error.message), caller.requestID)
        }
    }

    /// The error's name stands in the body, and in a header for who reads no body.
    static func refusal(_ failure: ServiceFailure, _ id: UniqueID) -> Response {
        let body = StrictJSON.object([("__type", .string(failure.code)), ("Message", .string(failure.message))])
        var response = response(body.json, id, status: HTTPResponse.Status(code: failure.status))
        if let name = HTTPField.Name("x-amzn-errortype") { response.headers[name] = failure.code }
        return response
    }

    private static func response(_ text: String, _ id: UniqueID, status: HTTPResponse.Status) -> Response {
        var response = Response(
            status: status, headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        for (name, value) in [("x-amzn-requestid", id.text), ("x-content-type-options", "nosniff")] {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }
}
