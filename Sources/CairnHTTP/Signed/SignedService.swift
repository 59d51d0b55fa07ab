import CairnAPI
import CairnFormat

/// The services that take signed requests, by the names that signatures are for.
enum SignedService: String, Sendable, CaseIterable {
    case s3
    case sqs
    case cloudTrail = "cloudtrail"
    case cloudTrailData = "cloudtrail-data"
    case organizations
    case sts

    /// The service of the API that it is; nil for the others.
    var api: APIService? { APIService(rawValue: rawValue) }

    /// The largest body of a request, in bytes.
    var bodyByteCountMax: Int {
        switch self {
        case .s3, .sqs, .sts: 256 << 10
        case .cloudTrail, .cloudTrailData, .organizations: CloudTrailService.bodyByteCountMax
        }
    }

    /// What it is called when a body has more.
    var tooLarge: String { api != nil ? "RequestEntityTooLargeException" : "EntityTooLarge" }

    /// What it is called when there is no memory for a body now.
    var busy: String { api != nil ? "ServiceUnavailable" : "SlowDown" }

    /// How a service says that it does not take a signature.
    func failure(_ refusal: SigV4Refusal, isKnownKey: Bool) -> ServiceFailure {
        switch self {
        case .s3, .sqs: Self.asS3(refusal)
        case .cloudTrail, .cloudTrailData, .organizations: Self.asJSON(refusal, isKnownKey: isKnownKey)
        case .sts: Self.asQuery(refusal, isKnownKey: isKnownKey)
        }
    }

    private static func asS3(_ refusal: SigV4Refusal) -> ServiceFailure {
        let code =
            switch refusal {
            case .missing: "AccessDenied"
            case .malformed, .lastsTooLong: "AuthorizationHeaderMalformed"
            case .scope, .mismatch: "SignatureDoesNotMatch"
            case .notSigned: "AccessDenied"
            case .unsignedBody: "XAmzContentSHA256Mismatch"
            case .skewed: "RequestTimeTooSkewed"
            case .expired: "AccessDenied"
            case .unknownToken: "InvalidToken"
            }
        let status =
            ["AuthorizationHeaderMalformed", "XAmzContentSHA256Mismatch", "InvalidToken"].contains(code) ? 400 : 403
        return ServiceFailure(status, code, refusal.description)
    }

    /// The errors of services with JSON (reference 0.4).
    private static func asJSON(_ refusal: SigV4Refusal, isKnownKey: Bool) -> ServiceFailure {
        let code =
            switch refusal {
            case .missing: "MissingAuthenticationTokenException"
            case .malformed, .lastsTooLong: "IncompleteSignatureException"
            case .mismatch: isKnownKey ? "InvalidSignatureException" : "UnrecognizedClientException"
            case .scope, .notSigned, .unsignedBody, .skewed, .expired: "InvalidSignatureException"
            case .unknownToken: "UnrecognizedClientException"
            }
        return ServiceFailure(403, code, refusal.description)
    }

    /// The errors of services with forms.
    private static func asQuery(_ refusal: SigV4Refusal, isKnownKey: Bool) -> ServiceFailure {
        let code =
            switch refusal {
            case .missing: "MissingAuthenticationToken"
            case .malformed, .lastsTooLong: "IncompleteSignature"
            case .mismatch: isKnownKey ? "SignatureDoesNotMatch" : "InvalidClientTokenId"
            case .scope, .notSigned, .unsignedBody, .skewed, .expired: "SignatureDoesNotMatch"
            case .unknownToken: "InvalidClientTokenId"
            }
        return ServiceFailure(403, code, refusal.description)
    }
}
