package import CairnFormat

/// What a topic's notices are sent on to, from where it began.
package struct Subscription: Sendable, Equatable, Codable {
    /// What a webhook's posts are signed with. The bytes are in the keyring.
    package struct SigningSecret: Sendable, Equatable, Codable {
        /// Its name in the keyring.
        package var name: String
        /// Until when posts are signed with it too, in ms since 1970; nil: it is the newest.
        package var until: Int64?

        package init(name: String, until: Int64?) { (self.name, self.until) = (name, until) }
    }

    /// How long a notice that is refused is tried again before it becomes a dead letter, in ms.
    package static let standardPatience: Int64 = 600_000

    /// Another one of the same name later has another id.
    package let id: UniqueID
    package let topic: TopicName
    package let name: TopicName
    package let destination: Destination
    /// Whether a queue gets CloudTrail's message without SNS's envelope around it.
    package let isRaw: Bool
    package var patienceMilliseconds: Int64
    /// The first sequence that it gets, by partition.
    package let starts: [UInt64]
    /// Newest last; of webhooks only.
    package var secrets: [SigningSecret]

    package init(
        id: UniqueID, topic: TopicName, name: TopicName, destination: Destination, isRaw: Bool,
        patienceMilliseconds: Int64,
        starts: [UInt64], secrets: [SigningSecret] = []
    ) {
        (self.id, self.topic, self.name, self.destination) = (id, topic, name, destination)
        (self.isRaw, self.patienceMilliseconds, self.starts, self.secrets) = (
            isRaw, patienceMilliseconds, starts, secrets
        )
    }
}
