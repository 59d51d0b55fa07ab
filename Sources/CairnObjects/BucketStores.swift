package import CairnFormat

/// Buckets of several stores: some by name in one, all others in another.
package struct BucketStores: ObjectStore {
    package typealias Keeping = @Sendable (StoredObject, ObjectLocation) async throws(ObjectError) -> Void

    private let named: Set<BucketName>
    private let special: any ObjectStore
    private let others: any ObjectStore
    private let keep: Keeping
    /// What is larger is not overwritten.
    private static let replacedByteCountMax = 256 << 20

    /// - Parameters:
    ///   - named: the buckets that are in `special`.
    ///   - others: where all other buckets are.
    ///   - keep: puts a copy of what is overwritten in `special` into quarantine.
    package init(
        _ named: Set<BucketName>, in special: any ObjectStore, others: any ObjectStore, keep: @escaping Keeping
    ) {
        (self.named, self.special, self.others, self.keep) = (named, special, others, keep)
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
        if named.contains(location.bucket) {
            let old: StoredObject
            do throws(ObjectError) { old = try await special.get(location, limit: Self.replacedByteCountMax) } catch {
                guard case .tooLarge(_, let count, let limit) = error else { throw error }
                throw .denied(
                    location,
                    reason:
                        "an object of \(count) bytes stands there that cairn did not write, more than the \(limit) that it puts "
                        + "into quarantine: move it away")
            }
            guard old.head.etag == ifETag else { throw .changed(location) }
            try await keep(old, location)
        }
        return try await store(location.bucket).replace(
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
