/// Where the objects of a trail go now, and who is told of digests.
package struct TrailPlace: Sendable, Hashable {
    package var bucket: BucketName
    package var prefix: KeyPrefix?
    package var storage: StorageRules?
    /// The topic that is told of digests; nil: nobody is.
    package var digestTopic: String?

    package init(bucket: BucketName, prefix: KeyPrefix?, storage: StorageRules? = nil, digestTopic: String? = nil) {
        (self.bucket, self.prefix, self.storage, self.digestTopic) = (bucket, prefix, storage, digestTopic)
    }
}
