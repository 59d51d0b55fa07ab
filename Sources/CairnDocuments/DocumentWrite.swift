/// One document of many that are written together.
package struct DocumentWrite: Sendable, Equatable {
    package let key: DocumentKey
    package let body: [UInt8]
    /// The revision that it must be at; nil: there must be none.
    package let ifRevision: UInt64?

    package init(_ key: DocumentKey, _ body: [UInt8], ifRevision: UInt64?) {
        self.key = key
        self.body = body
        self.ifRevision = ifRevision
    }
}
