/// How far a sink came with some events.
package struct FeedProgress: Sendable, Equatable {
    /// Those that have to be sent again, in their order.
    package var rest: [[UInt8]] = []
    /// How many of the others were left out, by reason.
    package var leftOut: [String: Int] = [:]
    /// Why it came no further.
    package var failure: String?

    package init() {}

    mutating func leaveOut(_ reason: String, count: Int = 1) { leftOut[reason, default: 0] += count }
}
