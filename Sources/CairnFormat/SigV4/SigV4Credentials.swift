package import CairnNative

/// What requests are signed with.
package struct SigV4Credentials: Sendable {
    package let accessKeyID: String
    /// The secret access key, as text.
    let secretAccessKey: KeyMaterial
    package let sessionToken: String?

    package init(accessKeyID: String, secretAccessKey: KeyMaterial, sessionToken: String? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
    }
}
