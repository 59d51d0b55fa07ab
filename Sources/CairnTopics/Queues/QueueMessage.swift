package import CairnFormat

/// A message as a consumer gets it.
package struct QueueMessage: Sendable, Equatable {
    /// The same whenever it is handed out.
    package let id: UniqueID
    /// Acknowledge the message with this.
    package let handle: String
    /// CloudTrail's SNS message.
    package let message: String
    package let receiveCount: Int
    /// When the file was cut, in ms since 1970.
    package let sentAt: Int64
}
