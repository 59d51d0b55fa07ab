/// A digest chain and where its digests go.
package struct DigestPlace: Sendable, Hashable, Codable {
    package var chain: ChainName
    package var bucket: BucketName
    package var prefix: KeyPrefix?
    package var storage: StorageRules?
    package var topic: String?

    package init(chain: ChainName, _ place: TrailPlace) {
        self.chain = chain
        (bucket, prefix, storage, topic) = (place.bucket, place.prefix, place.storage, place.digestTopic)
    }

    package var place: TrailPlace { TrailPlace(bucket: bucket, prefix: prefix, storage: storage, digestTopic: topic) }
}
