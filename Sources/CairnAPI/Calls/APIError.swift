import CairnCatalog
import CairnTrails

/// Why an operation is not done: the error's name as CloudTrail has it, and what whoever called should know.
package struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Of HTTP. Clients go by the code; the status tells whether trying again helps.
    package let status: Int
    /// Such as `TrailNotFoundException`.
    package let code: String
    package let message: String

    package init(_ status: Int, _ code: String, _ message: String) {
        (self.status, self.code, self.message) = (status, code, message)
    }

    package var description: String { "\(code): \(message)" }

    // What any operation may answer (reference 0.4).

    static func serialization(_ message: String) -> APIError { APIError(400, "SerializationException", message) }
    static func validation(_ message: String) -> APIError { APIError(400, "ValidationException", message) }
    static func unknownOperation(_ name: String) -> APIError {
        APIError(
            404, "UnknownOperationException",
            "there is no operation '\(name.prefix(100))': see the operations of CloudTrail's API, version 2013-11-01")
    }
    /// - Parameter resource: the ARN of what should have been touched; nil: anything.
    static func denied(
        _ call: APICall, _ operation: String, of service: APIService = .cloudTrail, resource: String?
    ) -> APIError {
        let action = "\(service.rawValue):\(operation)"
        return APIError(
            403, "AccessDeniedException",
            "User: \(call.arn) is not authorized to perform: \(action)" + (resource.map { " on resource: \($0)" } ?? "")
                + " because no identity-based policy allows the \(action) action")
    }

    /// The catalog does not answer: trying again may help, and the node's log has the reason.
    static func catalog(_ error: CatalogError) -> APIError {
        switch error {
        case .documents, .contended: APIError(503, "ServiceUnavailable", error.description)
        case .refused(let reason): APIError(400, "OperationNotPermittedException", reason)
        case .damaged, .noDeployment: APIError(500, "InternalFailure", error.description)
        }
    }

    /// Settings that do not go together, or selectors that are none.
    init(_ error: TrailError) { self.init(400, error.code, error.description) }

    static let badToken = APIError(
        400, "InvalidNextTokenException",
        "NextToken: expected one that this list gave for the same parameters to the same account, found another")

    /// - Parameter routing: names the account that may.
    static func notOrganizationMaster(_ call: APICall, _ routing: MatcherSnapshot) -> APIError {
        APIError(
            400, "NotOrganizationMasterAccountException",
            "account \(call.account) neither manages the organization nor administers CloudTrail for it"
                + (routing.organization.map { ": \($0.managementAccount) does" } ?? ""))
    }

    static func badInsights(_ reason: String) -> APIError {
        APIError(400, "InvalidInsightSelectorsException", "InsightSelectors: \(reason)")
    }

    static func noResource(_ arn: String) -> APIError {
        APIError(400, "ResourceNotFoundException", "there is no \(arn.prefix(300))")
    }

    static func defaultChannel(_ arn: String) -> APIError {
        APIError(
            400, "OperationNotPermittedException",
            "\(arn) is the channel that every account has: it is neither changed nor deleted")
    }

    static func badAttributes(_ reason: String) -> APIError {
        APIError(400, "InvalidLookupAttributesException", "LookupAttributes: \(reason)")
    }
}
