package import CairnFormat
package import CairnLog

/// How far a subscription has had a partition's notices, and what keeps it.
package struct ForwardState: Sendable, Equatable, Codable {
    /// A notice that its destination refused until patience ended.
    package struct DeadLetter: Sendable, Equatable, Codable {
        package let id: LogID
        package let lane: Lane
        package let message: String
        /// When the file was cut, in ms since 1970.
        package let cutAt: Int64
        package let reason: String
        /// When it was given up, in ms since 1970.
        package let at: Int64

        package init(_ notice: TopicNotice, reason: String, at: Int64) {
            (id, lane, message, cutAt) = (notice.id, notice.lane, notice.message, notice.at)
            (self.reason, self.at) = (reason, at)
        }

        /// The notice as it was.
        package var notice: TopicNotice { TopicNotice(id: id, lane: lane, at: cutAt, message: message) }
    }

    /// The most dead letters kept of a partition; beyond, the oldest go, and a finding says so.
    package static let deadCountMax = 1_000

    /// The subscription that this is of.
    package let subscription: UniqueID
    /// The first sequence that may not have been sent.
    package var next: UInt64
    /// When a notice was taken last, in ms since 1970.
    package var deliveredAt: Int64?
    package var failure: DestinationFailure?
    package var dead: [DeadLetter] = []

    package init(subscription: UniqueID, next: UInt64) { (self.subscription, self.next) = (subscription, next) }

    /// - Returns: how many of the oldest dead letters had to go.
    package mutating func bury(_ letters: [DeadLetter]) -> Int {
        dead += letters
        let surplus = max(0, dead.count - Self.deadCountMax)
        dead.removeFirst(surplus)
        return surplus
    }
}
