import CairnDocuments
package import CairnNative
import CairnSystem

/// Secrets of other parts, sealed under the root: what webhooks are signed with, the secret halves of access keys.
extension Keyring {
    static let secretPrefix = "keys/secrets/"

    static func secretSubject(_ name: String) -> String { "secret \(name)" }

    /// Keeps a secret under a name that is not taken.
    ///
    /// - Parameter name: parts of document keys, such as `access/AKIA…`.
    package func keep(_ secret: KeyMaterial, as name: String) async throws(KeyError) {
        try await put(
            SealedRecord(.secret, Self.secretSubject(name), secret, by: roots.primary, random: random),
            at: Self.secretPrefix + name)
    }

    /// The secret of a name; nil when there is none.
    package func secret(_ name: String) async throws(KeyError) -> KeyMaterial? {
        guard try await get(Self.secretPrefix + name) != nil else { return nil }
        return try await openRootRecord(Self.secretPrefix + name, .secret, Self.secretSubject(name))
    }

    /// Forgets a secret, if it is there.
    package func forgetSecret(_ name: String) async throws(KeyError) {
        guard let document = try await get(Self.secretPrefix + name) else { return }
        try await remove(document)
    }
}
