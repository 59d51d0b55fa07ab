package import CairnFormat
package import CairnSystem

/// An object as a listing shows it.
package struct BucketEntry: Sendable, Equatable {
    package let key: ObjectKey
    /// Of the stored bytes.
    package let byteCount: Int
    package let modifiedAt: Timestamp
    /// Changes when the object does. No hash of its bytes, and it has not the form of one.
    package let etag: String
    /// The object's beginning, as much of it as was asked for.
    package let start: [UInt8]
}
