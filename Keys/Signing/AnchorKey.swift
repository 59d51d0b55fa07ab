package import CairnFormat
import CairnNative

/// The public half of the anchor, which vouches for every signing key. Auditors pin its SHA-256.
package struct AnchorKey: Sendable, Equatable, Codable {
    /// DER of the PKCS#1 `RSAPublicKey`.
    package let der: [UInt8]
    package let createdAt: Int64
    package let record: UniqueID

    /// What auditors pin: `sha256:` and the hex of the DER's hash.
    package var pin: String { "sha256:\(SHA256.hash(der).hex)" }
}
