/// How far a sink came with some events.
package struct FeedProgress: Sendable, Equatable {
    /// So many from the first on need not be sent again.
    package var doneCount = 0
    /// How many of these were left out, by reason.
    package var leftOut: [String: Int] = [:]
    /// Why it came no further.
    package var failure: String?

    package init() {}

    mutating func leaveOut(_ reason: String, count: Int = 1) { leftOut[reason, default: 0] += count }
}
