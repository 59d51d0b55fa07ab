package import CairnCatalog
package import CairnLog

/// Why a whole request is refused. Nothing of it was acknowledged.
package indirect enum DoorError: Error, Sendable, CustomStringConvertible {
    case unauthenticated
    case notAllowed(String)
    case badRequest(String)
    case tooLarge(String)
    case unsupportedEncoding(String)
    case intake(IntakeError)
    case catalog(CatalogError)
    case timedOut
    /// The bodies of other requests take all the memory there is for bodies.
    case busy(limit: Int)

    /// The HTTP status, and the seconds after which to try again.
    package var status: (code: Int, retryAfter: Int?) {
        switch self {
        case .unauthenticated: (401, nil)
        case .notAllowed: (403, nil)
        case .badRequest: (400, nil)
        case .tooLarge: (413, nil)
        case .unsupportedEncoding: (415, nil)
        case .intake(.accountShare): (429, 10)
        case .intake, .catalog: (503, 2)
        case .busy: (503, 1)
        case .timedOut: (408, nil)
        }
    }

    /// A name for programs.
    package var code: String {
        switch self {
        case .unauthenticated: "Unauthenticated"
        case .notAllowed: "NotAllowed"
        case .badRequest: "BadRequest"
        case .tooLarge: "RequestTooLarge"
        case .unsupportedEncoding: "UnsupportedEncoding"
        case .intake(.accountShare): "AccountShareFull"
        case .intake(.logFull): "LogFull"
        case .intake(.diskReserve): "DiskReserve"
        case .intake(.log(.full)): "DiskFull"
        case .intake: "LogUnavailable"
        case .catalog: "CatalogUnavailable"
        case .timedOut: "RequestTimeout"
        case .busy: "Busy"
        }
    }

    package var description: String {
        switch self {
        case .unauthenticated:
            "expected 'Authorization: Bearer TOKEN' with a token of this deployment: see 'cairn_token' in the data directory's "
                + "credentials file"
        case .notAllowed(let reason), .badRequest(let reason), .tooLarge(let reason), .unsupportedEncoding(let reason):
            reason
        case .intake(let error): error.description
        case .catalog(let error): error.description
        case .timedOut: "the request took too long to arrive"
        case .busy(let limit):
            "the requests in flight take the \(limit) bytes of memory there are for them: send again, or raise --request-memory"
        }
    }
}
