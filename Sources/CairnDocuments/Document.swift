/// A small piece of state that is changed only by compare-and-swap.
package struct Document: Sendable, Equatable {
    package let key: DocumentKey
    /// Grows with every change of this key, and is never used again, not even after a removal.
    package let revision: UInt64
    package let body: [UInt8]

    package init(key: DocumentKey, revision: UInt64, body: [UInt8]) {
        self.key = key
        self.revision = revision
        self.body = body
    }
}
