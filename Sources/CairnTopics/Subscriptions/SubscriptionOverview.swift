/// How a subscription stands, over all partitions.
package struct SubscriptionOverview: Sendable {
    package let subscription: Subscription
    /// How many notices wait.
    package private(set) var behind: UInt64 = 0
    package private(set) var dead = 0
    /// When a notice was taken last, in ms since 1970.
    package private(set) var deliveredAt: Int64?
    /// What lasts longest of what keeps it.
    package private(set) var failure: DestinationFailure?

    /// Of all subscriptions, by topic and name.
    package static func read(
        _ subscriptions: SubscriptionService, partitionCount: Int
    ) async throws(TopicError) -> [SubscriptionOverview] {
        var all: [SubscriptionOverview] = []
        for subscription in try await subscriptions.all() {
            let ends = try await subscriptions.ends(of: subscription.topic)
            var overview = SubscriptionOverview(subscription: subscription)
            for partition in 0..<partitionCount {
                let state = try await subscriptions.state(subscription, partition: partition)
                overview.behind += ends[partition] > state.next ? ends[partition] - state.next : 0
                overview.dead += state.dead.count
                overview.deliveredAt = [overview.deliveredAt, state.deliveredAt].compactMap(\.self).max()
                if let failure = state.failure, failure.since < overview.failure?.since ?? .max {
                    overview.failure = failure
                }
            }
            all.append(overview)
        }
        return all
    }
}
