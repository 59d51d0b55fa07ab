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
    /// The revision of a document, without its body: cheap however large it is.
    func revision(_ key: DocumentKey) async throws(DocumentError) -> UInt64?
    /// Writes a document if it is at `ifRevision`; nil: if there is none.
    ///
    /// - Returns: the new revision.
    func put(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) async throws(DocumentError) -> UInt64
    /// Removes a document if it is at `ifRevision`.
    func remove(_ key: DocumentKey, ifRevision: UInt64) async throws(DocumentError)
    /// Documents whose keys begin with `prefix`, in order of their keys: those behind `after`, at most `limit`.
    func list(prefix: String, after: DocumentKey?, limit: Int) async throws(DocumentError) -> [Document]
    /// Writes many documents, each if it is at the revision that its write names. One that is not is left out, the others
    /// are written all the same; all are durable when this returns.
    ///
    /// - Returns: for each write, the new revision; nil: it was left out.
    func put(_ writes: [DocumentWrite]) async throws(DocumentError) -> [UInt64?]
    /// Sees to it that what was removed or replaced before cannot be found in the store's files any more.
    ///
    /// - Throws: ``DocumentError/unavailable(reason:)`` when others use the store at that moment: try again.
    func purge() async throws(DocumentError)
}

extension DocumentStore {
    /// The most bytes that a document may have.
    package static var bodyByteCountMax: Int { 16 << 20 }

    /// All documents whose keys begin with `prefix`, in order of their keys.
    package func list(prefix: String) async throws(DocumentError) -> [Document] {
        try await list(prefix: prefix, after: nil, limit: .max)
    }
}
