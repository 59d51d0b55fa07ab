import CairnCatalog
import CairnFormat
import HTTPTypes
import Hummingbird
import NIOCore

/// The one operation of STS that clients of the other services call: whose credentials are these?
enum CallerIdentity {
    private static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    static func answer(
        _ request: ServiceRequest, _ caller: Caller, account: AccountID
    ) throws(ServiceFailure) -> Response {
        let form = SigV4Request.query(String(decoding: request.body, as: UTF8.self)) ?? []
        let action = form.first { $0.name == "Action" }?.value ?? ""
        guard request.method == "POST", request.path == "/", action == "GetCallerIdentity" else {
            throw ServiceFailure(
                400, "InvalidAction", "expected POST / with the Action GetCallerIdentity, found '\(action.prefix(100))'"
            )
        }
        let arn = "arn:\(caller.region.partition):iam::\(account):user/\(caller.principal.name)"
        return response(
            "<GetCallerIdentityResponse xmlns=\"\(namespace)\"><GetCallerIdentityResult><Arn>\(ObjectDocument.escaped(arn))</Arn>"
                + "<UserId>\(ObjectDocument.escaped(caller.principal.id))</UserId><Account>\(account)</Account>"
                + "</GetCallerIdentityResult><ResponseMetadata><RequestId>\(caller.requestID)</RequestId></ResponseMetadata>"
                + "</GetCallerIdentityResponse>", caller.requestID, status: .ok)
    }

    static func refusal(_ failure: ServiceFailure, _ id: UniqueID) -> Response {
        response(
            "<ErrorResponse xmlns=\"\(namespace)\"><Error><Type>Sender</Type><Code>\(failure.code)</Code>"
                + "<Message>\(ObjectDocument.escaped(failure.message))</Message></Error><RequestId>\(id)</RequestId></ErrorResponse>",
            id, status: HTTPResponse.Status(code: failure.status))
    }

    private static func response(_ text: String, _ id: UniqueID, status: HTTPResponse.Status) -> Response {
        var response = Response(
            status: status, headers: [.contentType: "text/xml"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        if let name = HTTPField.Name("x-amzn-requestid") { response.headers[name] = id.text }
        return response
    }
}
