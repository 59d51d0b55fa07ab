/// Where documents are kept. Implementations: `SQLiteDocuments`, and the faulty one in the test kit.
///
/// - Linearizable: a read sees every change that was answered before it began, from any process.
/// - A change is durable before it is answered.
/// - A change is a compare-and-swap: of several who begin from one revision exactly one wins, the others get
///   ``DocumentError/conflict(key:expected:)``, and nothing of theirs has happened.
/// - Revisions of a key grow, and none comes twice, not even after a removal: who saw a revision knows the body.
/// - Any other error leaves open whether the change happened, for the answer may be lost: read again before doing
///   anything else.
package protocol DocumentStore: Sendable {
    func get(_ key: DocumentKey) async throws(DocumentError) -> Document?
    /// Writes a document if it is at `ifRevision`; nil: if there is none.
    ///
    /// - Returns: the new revision.
    func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64
    /// Removes a document if it is at `ifRevision`.
    func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError)
    /// All documents whose keys begin with `prefix`, in order of their keys.
    func list(prefix: String) async throws(DocumentError) -> [Document]
}

extension DocumentStore {
    /// The most bytes that a document may have.
    package static var bodyByteCountMax: Int { 16 << 20 }
}
