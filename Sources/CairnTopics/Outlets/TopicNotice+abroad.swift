import CairnFormat
import CairnLog
import CairnNative

/// A notice as other services name it.
extension TopicNotice {
    /// The same for the same file: what comes twice is recognised by it.
    var messageID: UniqueID { UniqueID(random: id.bytes) }

    /// The same for the same lane, up to 128 letters and digits: where order is kept, it is kept within it.
    var groupID: String { String(SHA256.hash(Array("\(lane)".utf8)).hex.prefix(32)) }
}
