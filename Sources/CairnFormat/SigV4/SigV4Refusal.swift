/// Why a request is not taken for what its signature says.
package enum SigV4Refusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// It has no signature.
    case missing
    /// What says how it is signed cannot be read, is there twice, or says two things.
    case malformed(String)
    /// It is signed for another service, or by another day than it says that it is of.
    case scope(String)
    /// A header stands in it that must be signed, and is not.
    case notSigned(header: String)
    /// The body need not be what was signed: where that is not allowed, or in a way that is not known here.
    case unsignedBody(String)
    /// It is of another time than now.
    case skewed(seconds: Int64)
    /// The time for which it was signed is over.
    case expired(at: EventTime)
    /// It is signed for longer than is allowed.
    case lastsTooLong(seconds: Int, limit: Int)
    /// It comes with a session's token, and cairn has given out none.
    case unknownToken
    /// No such access key, or another secret, or other bytes than were signed.
    case mismatch

    package var description: String {
        switch self {
        case .missing: "the request is not signed: sign it with an access key of this deployment (Signature Version 4)"
        case .malformed(let reason): "the request's signature cannot be read: \(reason)"
        case .scope(let reason): "the request is signed for something else: \(reason)"
        case .notSigned(let name): "the header \(name) is in the request and not among the signed ones"
        case .unsignedBody(let reason): "the request's body is not signed: \(reason)"
        case .skewed(let seconds):
            "the request is \(seconds < 0 ? "from \(-seconds) s ahead" : "\(seconds) s old"), at most 300 s are allowed: set the "
                + "clock right"
        case .expired(let time): "the request was signed for a time that ended at \(time)"
        case .lastsTooLong(let seconds, let limit):
            "the request is signed for \(seconds) s, expected 1 to \(limit)"
        case .unknownToken: "the request has a session token, and this deployment gives out none"
        case .mismatch:
            "the signature does not match: check the access key and its secret, and that nothing between you and cairn changes "
                + "requests"
        }
    }
}
