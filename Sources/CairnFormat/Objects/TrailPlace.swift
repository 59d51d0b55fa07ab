/// Where the objects of a trail go now, and who is told of them.
package struct TrailPlace: Sendable, Hashable {
    package var bucket: BucketName
    package var prefix: KeyPrefix?
    package var storage: StorageRules?
    package var topic: String?

    package init(bucket: BucketName, prefix: KeyPrefix?, storage: StorageRules? = nil, topic: String? = nil) {
        (self.bucket, self.prefix, self.storage, self.topic) = (bucket, prefix, storage, topic)
    }
}
