/// A notice as SNS hands it on to queues (reference 4.4). It has no signature: what comes over a signed connection from this
/// deployment needs none, and Amazon's nobody else can make.
package struct NoticeEnvelope: Sendable, Equatable {
    package let topicARN: String
    package let messageID: UniqueID
    /// CloudTrail's message.
    package let message: String
    /// In ms since 1970.
    package let time: Int64

    package init(topicARN: String, messageID: UniqueID, message: String, time: Int64) {
        (self.topicARN, self.messageID, self.message, self.time) = (topicARN, messageID, message, time)
    }

    /// Compact.
    package var json: String {
        let fields = [
            ("Type", "Notification"), ("MessageId", messageID.text), ("TopicArn", topicARN), ("Message", message),
            ("Timestamp", timestamp),
        ]
        return "{" + fields.map { "\"\($0)\":\(JSONText.quoted($1))" }.joined(separator: ",") + "}"
    }

    /// `2026-03-01T10:15:32.118Z`
    private var timestamp: String {
        let milliseconds = String(1_000 + time % 1_000).dropFirst()
        return "\(EventTime(seconds: time / 1_000))".dropLast() + ".\(milliseconds)Z"
    }

    /// The ARN of an embedded topic.
    package static func topicARN(_ topic: String, region: Region, account: AccountID) -> String {
        "arn:\(region.partition):sns:\(region):\(account):\(topic)"
    }
}
