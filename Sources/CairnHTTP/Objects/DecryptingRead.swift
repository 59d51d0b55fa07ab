package import CairnFormat
package import CairnObjects

/// That somebody reads an encrypted file in clear: an event, before the first byte of it is given out.
package struct DecryptingRead: Sendable {
    package let caller: Caller
    package let location: ObjectLocation
    /// What wraps the file's data key.
    package let keyVersion: String
    package let byteCount: Int
    /// Whose events are in it, as its encryption context says.
    package let account: AccountID?
}
