package import CairnFormat

/// Where delivered files rest. Implementations: ``DirectoryStore``, later the S3 store, and the faulty one in the test kit.
package protocol ObjectStore: Sendable {
    /// Stores an object whole where none is, durably, metadata first. Throws ``ObjectError/exists(_:)`` when one is there,
    /// whatever it holds: a caller who tried before reads it back.
    ///
    /// - Returns: the etag.
    @discardableResult
    func put(_ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String]) async throws(ObjectError)
        -> String
    /// Overwrites the object that has `ifETag`; throws ``ObjectError/changed(_:)`` when it is another by now.
    @discardableResult
    func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], ifETag: String
    ) async throws(ObjectError) -> String
    /// Reads an object of at most `limit` bytes.
    func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject
    func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead
    /// Up to `limit` keys that begin with `prefix` and come after `after`, in order of their UTF-8 bytes.
    func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey]
}
