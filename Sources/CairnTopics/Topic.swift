/// Where deliveries are announced. Implementations: ``QueueTopic``, which is embedded, and those that pass its notices on,
/// ``SNSTopic``, ``SQSQueue`` and ``WebhookTopic``.
///
/// At least once, in the order of the calls: publishing a notice again, under the same id, is harmless. It is durable
/// before it returns. Those that pass notices on take up to ten at a time, no two of a lane.
package protocol Topic: Sendable {
    func publish(_ notices: [TopicNotice]) async throws(TopicError)
}
