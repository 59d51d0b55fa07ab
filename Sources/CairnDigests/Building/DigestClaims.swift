import FoundationEssentials

/// What a digest that was found says of itself, as far as its signature needs it.
struct DigestClaims: Decodable {
    var end: String
    var bucket: String
    var key: String
    var fingerprint: String
    var previousSignature: String?

    private enum CodingKeys: String, CodingKey {
        case end = "digestEndTime"
        case bucket = "digestS3Bucket"
        case key = "digestS3Object"
        case fingerprint = "digestPublicKeyFingerprint"
        case previousSignature = "previousDigestSignature"
    }

    init?(_ json: [UInt8]) {
        guard let claims = try? JSONDecoder().decode(DigestClaims.self, from: Data(json)) else { return nil }
        self = claims
    }
}
