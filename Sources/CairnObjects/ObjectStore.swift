package import CairnFormat

/// Where delivered files rest. Implementations: ``DirectoryStore``, the S3 store in CairnRemote,
/// and the faulty one in the test kit.
///
/// Any change may have happened although it failed with anything but ``ObjectError/exists(_:)`` and
/// ``ObjectError/changed(_:)``: the answer may be lost. Callers try again, and read back what they find.
package protocol ObjectStore: Sendable {
    /// Stores an object whole where none is, durably, metadata first. Throws ``ObjectError/exists(_:)`` when one is there,
    /// whatever it holds, and leaves it as it is: a caller who tried before reads it back.
    ///
    /// - Parameter protection: what the store does with the object beside keeping it; nil: nothing is asked.
    /// - Returns: the etag.
    @discardableResult
    func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?
    ) async throws(ObjectError) -> String
    /// Overwrites the object that has `ifETag`; throws ``ObjectError/changed(_:)`` when it is another by now, and
    /// ``ObjectError/notFound(_:)`` when there is none. A crash may leave none there: put again.
    ///
    /// - Returns: the etag.
    @discardableResult
    func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?,
        ifETag: String
    ) async throws(ObjectError) -> String
    /// Reads an object of at most `limit` bytes.
    func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject
    /// Reads a part of the object that has `ifETag`, all of the range; throws ``ObjectError/changed(_:)`` when it is another
    /// by now.
    func get(_ location: ObjectLocation, range: Range<Int>, ifETag: String) async throws(ObjectError) -> [UInt8]
    func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead
    /// Up to `limit` keys that begin with `prefix` and come after `after`, in order of their UTF-8 bytes. None where
    /// there is no such bucket.
    func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey]
}
