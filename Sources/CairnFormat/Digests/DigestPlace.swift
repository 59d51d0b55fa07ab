/// A digest chain and where its digests go.
package struct DigestPlace: Sendable, Hashable, Codable {
    package var chain: ChainName
    package var bucket: BucketName
    package var prefix: KeyPrefix?
    package var storage: StorageRules?

    package init(chain: ChainName, _ place: TrailPlace) {
        (self.chain, bucket, prefix, storage) = (chain, place.bucket, place.prefix, place.storage)
    }
}
