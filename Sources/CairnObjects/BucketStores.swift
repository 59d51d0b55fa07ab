package import CairnFormat

/// Buckets of several stores: some by name in one, all others in another.
package struct BucketStores: ObjectStore {
    private let named: Set<BucketName>
    private let special: any ObjectStore
    private let others: any ObjectStore

    /// - Parameters:
    ///   - named: the buckets that are in `special`.
    ///   - others: where all other buckets are.
    package init(_ named: Set<BucketName>, in special: any ObjectStore, others: any ObjectStore) {
        (self.named, self.special, self.others) = (named, special, others)
    }

    private func store(_ bucket: BucketName) -> any ObjectStore { named.contains(bucket) ? special : others }

    @discardableResult
    package func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?
    ) async throws(ObjectError) -> String {
        try await store(location.bucket).put(
            bytes, at: location, metadata: metadata, protection: protection)
    }

    @discardableResult
    package func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?,
        ifETag: String
    ) async throws(ObjectError) -> String {
        try await store(location.bucket).replace(
            bytes, at: location, metadata: metadata, protection: protection, ifETag: ifETag)
    }

    package func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject {
        try await store(location.bucket).get(location, limit: limit)
    }

    package func get(
        _ location: ObjectLocation, range: Range<Int>, ifETag: String
    ) async throws(ObjectError) -> [UInt8] {
        try await store(location.bucket).get(location, range: range, ifETag: ifETag)
    }

    package func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead {
        try await store(location.bucket).head(location)
    }

    package func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey] {
        try await store(bucket).list(bucket, prefix: prefix, after: after, limit: limit)
    }
}
