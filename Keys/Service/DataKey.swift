package import CairnFormat
package import CairnNative

/// A file's data key, in clear for the moment of encrypting and wrapped for the file's header.
package struct DataKey: ~Copyable {
    package let secret: Secret
    package let wraps: [WrappedDataKey]
    /// What wraps it, for digests and people: a trail key's name, or a KMS key's ARN.
    package let version: String

    package init(_ secret: consuming Secret, wraps: [WrappedDataKey], version: String) {
        self.secret = secret
        self.wraps = wraps
        self.version = version
    }
}
