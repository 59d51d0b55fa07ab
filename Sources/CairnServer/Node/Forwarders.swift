import CairnDelivery
import CairnFormat
import CairnLog
import CairnSystem
import CairnTopics
import Logging

/// Runs a forwarder for each subscription of a partition's topics, from when its topic has a log.
struct Forwarders: Sendable {
    /// How often new subscriptions are looked for.
    private static let pause = Duration.seconds(1)

    let context: Forwarder.Context
    let subscriptions: SubscriptionService
    let topics: TopicLogs
    let time: any TimeSource
    let logger: Logger

    /// Works until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            // A forwarder ends when its subscription does, and no other ever has its id.
            var begun: Set<UniqueID> = []
            while !Task.isCancelled {
                do throws(TopicError) {
                    for subscription in try await subscriptions.all() where !begun.contains(subscription.id) {
                        guard let log = await topics.opened(subscription.topic) else { continue }
                        begun.insert(subscription.id)
                        let forwarder = Forwarder(context, subscription, log: log)
                        group.addTask { await forwarder.run() }
                    }
                } catch {
                    logger.error(
                        "subscriptions cannot be looked up; it is tried again", metadata: ["error": "\(error)"])
                }
                do { try await time.sleep(for: Self.pause) } catch { return }
            }
        }
    }
}
