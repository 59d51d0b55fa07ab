/// An object as it is stored.
package struct StoredObject: Sendable, Equatable {
    package let bytes: [UInt8]
    package let head: ObjectHead

    package init(bytes: [UInt8], head: ObjectHead) {
        self.bytes = bytes
        self.head = head
    }
}
