/// A time in which a destination elsewhere has taken nothing.
package struct DestinationFailure: Sendable, Equatable, Codable {
    /// In ms since 1970.
    package var since: Int64
    package var reason: String

    package init(since: Int64, reason: String) { (self.since, self.reason) = (since, reason) }
}
