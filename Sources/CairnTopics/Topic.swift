/// Where deliveries are announced. Implementations: ``QueueTopic``, and the faulty one in the test kit.
///
/// At least once, in the order of the calls: publishing a notice again, under the same id, is harmless. It is durable
/// before it returns.
package protocol Topic: Sendable {
    func publish(_ notices: [TopicNotice]) async throws(TopicError)
}
