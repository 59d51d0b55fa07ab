/// A digest chain and where its digests go.
package struct DigestPlace: Sendable, Hashable, Codable {
    package var chain: ChainName
    package var bucket: BucketName
    package var prefix: KeyPrefix?

    package init(chain: ChainName, bucket: BucketName, prefix: KeyPrefix?) {
        (self.chain, self.bucket, self.prefix) = (chain, bucket, prefix)
    }
}
