/// What a store says of an object without showing its bytes.
package struct ObjectHead: Sendable, Equatable {
    /// Names this very object: it changes when the object does.
    package let etag: String
    package let byteCount: Int
    /// The user metadata: what `x-amz-meta-` headers carry, without that prefix.
    package let metadata: [String: String]
    /// What else the store does with it.
    package let keeping: ObjectKeeping

    package init(
        etag: String, byteCount: Int, metadata: [String: String], keeping: ObjectKeeping = ObjectKeeping()
    ) {
        self.etag = etag
        self.byteCount = byteCount
        self.metadata = metadata
        self.keeping = keeping
    }
}
