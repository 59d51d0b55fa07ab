import FoundationEssentials

/// Bytes that are no secret, in base64 where they stand in JSON: a list of numbers is three times as long and ten times as slow.
struct PublicBytes: Sendable, Equatable, Codable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    init(from decoder: any Decoder) throws {
        bytes = Array(try decoder.singleValueContainer().decode(Data.self))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes))
    }
}
