/// An open file of a ``Disk``.
package struct DiskFile: Sendable, Hashable {
    package let number: Int
    package let path: String

    package init(number: Int, path: String) {
        self.number = number
        self.path = path
    }
}
