package import CairnFormat

/// Where an object is: its bucket and its key.
package struct ObjectLocation: Sendable, Hashable, CustomStringConvertible {
    package let bucket: BucketName
    package let key: ObjectKey

    package init(bucket: BucketName, key: ObjectKey) {
        self.bucket = bucket
        self.key = key
    }

    /// `<bucket>/<key>`
    package var description: String { "\(bucket)/\(key)" }
}
