import CairnAPI
import CairnFormat

/// The services that take signed requests, by the names that signatures are for.
enum SignedService: String, Sendable, CaseIterable {
    case s3
    case sqs
    case cloudtrail

    /// The largest body of a request, in bytes.
    var bodyByteCountMax: Int {
        switch self {
        case .s3, .sqs: 256 << 10
        case .cloudtrail: CloudTrailService.bodyByteCountMax
        }
    }

    /// What it is called when a body has more.
    var tooLarge: String { self == .cloudtrail ? "RequestEntityTooLargeException" : "EntityTooLarge" }

    /// What it is called when there is no memory for a body now.
    var busy: String { self == .cloudtrail ? "ServiceUnavailable" : "SlowDown" }

    /// How a service says that it does not take a signature.
    func failure(_ refusal: SigV4Refusal, isKnownKey: Bool) -> ServiceFailure {
        switch self {
        case .s3, .sqs: Self.asS3(refusal)
        case .cloudtrail: Self.asJSON(refusal, isKnownKey: isKnownKey)
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
}
