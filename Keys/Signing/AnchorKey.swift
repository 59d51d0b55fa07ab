package import CairnFormat
import CairnNative

/// The public half of the anchor, which vouches for every signing key. Auditors pin its SHA-256.
package struct AnchorKey: Sendable, Equatable, Codable {
    package let createdAt: Int64
    package let record: UniqueID
    private let publicKey: PublicBytes

    private enum CodingKeys: String, CodingKey {
        case createdAt, record
        case publicKey = "der"
    }

    package init(der: [UInt8], createdAt: Int64, record: UniqueID) {
        (self.createdAt, self.record) = (createdAt, record)
        publicKey = PublicBytes(der)
    }

    /// DER of the PKCS#1 `RSAPublicKey`.
    package var der: [UInt8] { publicKey.bytes }

    /// What auditors pin: `sha256:` and the hex of the DER's hash.
    package var pin: String { "sha256:\(SHA256.hash(der).hex)" }
}
