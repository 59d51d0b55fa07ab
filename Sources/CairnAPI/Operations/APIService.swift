/// The services whose operations are here, by the names that requests are signed for.
package enum APIService: String, Sendable, CaseIterable {
    case cloudTrail = "cloudtrail"
    case data = "cloudtrail-data"
    /// The small part of Organizations that clients of CloudTrail call.
    case organizations
    case sts

    /// The source of the events that calls of it are: the door takes those of `.cairn` from cairn alone.
    package var source: String { "\(rawValue).cairn" }
}
