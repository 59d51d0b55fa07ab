package import CairnNative

/// An entry of a partition's `delivered` log: that a lane began, ended, or got a file.
///
/// A reader takes an entry only if (`epoch`, `from`) is at or after what its lane has covered, and then the lane has
/// covered (`epoch`, `until`); everything else is a copy and is ignored. See design 5, step 5.
package struct DeliveredRecord: Sendable, Equatable, Codable {
    /// What happened to the lane.
    package enum Kind: String, Sendable, Codable {
        case file
        /// The operator gave the file up: ``file`` says what it would have been, but nothing was put.
        case abandoned
        /// Digests of the lane begin: its trail logs, and validates log files.
        case start
        /// Digests of the lane end.
        case stop
    }

    /// What a file record says about its file.
    package struct File: Sendable, Equatable, Codable {
        package var bucket: BucketName
        package var key: ObjectKey
        /// SHA-256 of the uncompressed body.
        package var contentHash: SHA256Hash
        /// SHA-256 of the stored bytes; of an abandoned file, which was never encrypted, of the compressed ones.
        package var storedHash: SHA256Hash
        package var contentByteCount: Int
        package var storedByteCount: Int
        package var recordCount: Int
        /// The earliest and the latest `eventTime` in the file.
        package var oldest: EventTime
        package var newest: EventTime
        /// How many records each principal sent.
        package var principals: [String: Int]
        /// The embedded topic to announce it to, if the trail has one.
        package var topic: String?
        /// What wraps the file's data key: a trail key's name, or a KMS key's ARN; nil when it is not encrypted.
        package var keyVersion: String?

        package init(
            bucket: BucketName,
            key: ObjectKey,
            contentHash: SHA256Hash,
            storedHash: SHA256Hash,
            contentByteCount: Int,
            storedByteCount: Int,
            recordCount: Int,
            oldest: EventTime,
            newest: EventTime,
            principals: [String: Int],
            topic: String?,
            keyVersion: String?
        ) {
            self.bucket = bucket
            self.key = key
            self.contentHash = contentHash
            self.storedHash = storedHash
            self.contentByteCount = contentByteCount
            self.storedByteCount = storedByteCount
            self.recordCount = recordCount
            self.oldest = oldest
            self.newest = newest
            self.principals = principals
            self.topic = topic
            self.keyVersion = keyVersion
        }
    }

    package var epoch: UInt64
    package var lane: Lane
    package var kind: Kind
    /// First sequence of the partition's log that the entry covers.
    package var from: UInt64
    /// The sequence behind the last.
    package var until: UInt64
    /// The time of the cut's intent, in milliseconds since 1970.
    package var at: Int64
    package var file: File?
    /// Of a start or stop: the digest chain.
    package var digests: DigestPlace?

    package init(
        epoch: UInt64, lane: Lane, kind: Kind, from: UInt64, until: UInt64, at: Int64, file: File?,
        digests: DigestPlace? = nil
    ) {
        self.epoch = epoch
        self.lane = lane
        self.kind = kind
        self.from = from
        self.until = until
        self.at = at
        self.file = file
        self.digests = digests
    }

    /// Names the entry, so that the log can drop copies within its window.
    package var id: [UInt8] {
        Array(SHA256.hash(Array("\(epoch) \(lane) \(from) \(until) \(kind.rawValue)".utf8)).array.prefix(16))
    }
}
