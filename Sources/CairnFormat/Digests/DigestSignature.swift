package import CairnNative

/// What the signature of a digest covers, and the metadata that it stands in (reference 3.3 and 3.5).
///
/// Four lines joined by line feeds, none at the end:
///
///     2026-05-08T07:19:37Z            the digest's end time
///     bucket/AWSLogs/…/….json.gz      where the digest lies
///     9f86d081…                       SHA-256 of the body before gzip, 64 lower-case hex digits
///     50887ccf…                       the signature of the digest before in hex, or `null`
package enum DigestSignature {
    /// `signature`: lower-case hex.
    package static let field = "signature"
    package static let algorithmField = "signature-algorithm"
    package static let backfillTimeField = "backfill-generation-timestamp"
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    package static let algorithm = "SHA256withRSA"

    package static func message(
        end: String, bucket: String, key: String, bodyHash: SHA256Hash, previousSignature: String?
    ) -> [UInt8] {
        Array("\(end)\n\(bucket)/\(key)\n\(bodyHash.hex)\n\(previousSignature ?? "null")".utf8)
    }
}
