import CairnFormat
import CairnNative
import FoundationEssentials

/// The public halves of signing keys as a file: ListPublicKeys' answer (reference 3.7), with each key's Region and the
/// anchor's signature beside it.
package struct PublicKeyList: Codable, Sendable {
    private struct Key: Codable {
        var value: Data
        /// Seconds since 1970.
        var from: Int64
        var until: Int64
        var fingerprint: String
        var region: String
        /// Hex of the SHA-256 of the DER.
        var sha256: String
        /// PKCS#1 v1.5 with SHA-256 over the key's voucher.
        var anchorSignature: Data?

        enum CodingKeys: String, CodingKey {
            case value = "Value"
            case from = "ValidityStartTime"
            case until = "ValidityEndTime"
            case fingerprint = "Fingerprint"
            case region = "Region"
            case sha256 = "SHA256"
            case anchorSignature = "AnchorSignature"
        }
    }

    private struct Anchor: Codable {
        var value: Data
        var pin: String

        enum CodingKeys: String, CodingKey {
            case value = "Value"
            case pin = "Pin"
        }
    }

    private var keys: [Key]
    private var anchor: Anchor?

    private enum CodingKeys: String, CodingKey {
        case keys = "PublicKeyList"
        case anchor = "Anchor"
    }

    package init(_ manifest: KeyManifest) {
        keys = manifest.signing.map { key in
            Key(
                value: Data(key.der), from: key.from / 1_000, until: (key.until + 999) / 1_000,
                fingerprint: key.fingerprint, region: key.region.name, sha256: SHA256.hash(key.der).hex,
                anchorSignature: key.anchorSignature.map { Data($0) })
        }
        anchor = manifest.anchor.map { Anchor(value: Data($0.der), pin: $0.pin) }
    }

    /// One JSON text.
    package var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { preconditionFailure("a list of public keys can be written") }
        return Array(data) + [UInt8(ascii: "\n")]
    }
}
