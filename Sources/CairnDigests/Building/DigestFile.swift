import CairnFormat
import CairnNative
import CairnObjects

/// A digest as it is stored: the same bytes whoever makes it, all but the signature.
struct DigestFile: Sendable {
    let location: ObjectLocation
    let end: EventTime
    /// The gzip member.
    let bytes: [UInt8]
    /// What is signed.
    let message: [UInt8]
    /// Of the body before gzip.
    private let hash: SHA256Hash

    init(_ body: DigestBody) {
        let json = body.json
        location = ObjectLocation(bucket: body.bucket, key: body.key)
        end = body.end
        bytes = GzipCompressor().compress(json, .balanced)
        hash = SHA256.hash(json)
        message = DigestSignature.message(
            end: body.end.iso8601, bucket: body.bucket.text, key: body.key.text, bodyHash: hash,
            previousSignature: body.previous?.signature)
    }

    /// - Parameter signature: in hex.
    func metadata(_ signature: String) -> [String: String] {
        [DigestSignature.field: signature, DigestSignature.algorithmField: DigestSignature.algorithm]
    }

    /// The link that the next digest has to it.
    func link(_ signature: String) -> DigestBody.Previous {
        DigestBody.Previous(
            bucket: location.bucket, key: location.key, end: end, hash: hash, signature: signature,
            storedHash: SHA256.hash(bytes), storedByteCount: bytes.count)
    }
}
