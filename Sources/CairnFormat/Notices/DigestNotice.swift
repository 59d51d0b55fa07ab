import CairnNative
import FoundationEssentials

/// An entry of a partition's `delivered` log: that a digest stands in its bucket, and whom to tell.
package struct DigestNotice: Sendable, Equatable, Codable {
    package var lane: Lane
    package var bucket: BucketName
    package var key: ObjectKey
    package var topic: String
    /// When it was signed, in ms since 1970.
    package var at: Int64

    package init(lane: Lane, bucket: BucketName, key: ObjectKey, topic: String, at: Int64) {
        (self.lane, self.bucket, self.key, self.topic, self.at) = (lane, bucket, key, topic, at)
    }

    /// Names the digest, so that the log can drop copies within its window.
    package var id: [UInt8] { Array(SHA256.hash(Array("digest \(bucket) \(key)".utf8)).array.prefix(16)) }

    package var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a notice is always JSON") }
        return Array(data)
    }

    /// Nil when the bytes are no such entry.
    package init?(json: [UInt8]) {
        guard let found = try? JSONDecoder().decode(Self.self, from: Data(json)) else { return nil }
        self = found
    }
}
