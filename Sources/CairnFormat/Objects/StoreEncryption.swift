/// How a store is asked to encrypt an object itself, beside what cairn does (reference 5.1).
package enum StoreEncryption: Sendable, Hashable, Codable {
    /// Under a key of the store's own: SSE-S3.
    case storeKey
    /// Under a key of the store's KMS, bound to the trail: SSE-KMS.
    case kms(key: KeyARN, trailARN: String)
}
