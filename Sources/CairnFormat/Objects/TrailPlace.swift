/// Where the objects of a trail go now.
package struct TrailPlace: Sendable, Hashable {
    package var bucket: BucketName
    package var prefix: KeyPrefix?
    package var storage: StorageRules?

    package init(bucket: BucketName, prefix: KeyPrefix?, storage: StorageRules? = nil) {
        (self.bucket, self.prefix, self.storage) = (bucket, prefix, storage)
    }
}
