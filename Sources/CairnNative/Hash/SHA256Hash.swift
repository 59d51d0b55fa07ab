/// The 32 bytes of a SHA-256 hash.
package struct SHA256Hash: Sendable, Hashable, CustomStringConvertible, Codable {
    package let bytes: [32 of UInt8]

    package init(_ bytes: [32 of UInt8]) { self.bytes = bytes }

    /// Reads 64 lowercase hex digits; nil for anything else.
    package init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [32 of UInt8] = .init(repeating: 0)
        for (i, digit) in digits.enumerated() {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            bytes[i / 2] |= i % 2 == 0 ? value << 4 : value
        }
        self.bytes = bytes
    }

    /// 64 lowercase hex digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for i in bytes.indices {
            text.append(digits[Int(bytes[i] >> 4)])
            text.append(digits[Int(bytes[i] & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    package var description: String { hex }

    package var array: [UInt8] { bytes.indices.map { bytes[$0] } }

    /// The eight bytes at `index * 8`, most significant first.
    package func word(_ index: Int) -> UInt64 {
        var word: UInt64 = 0
        for i in index * 8..<index * 8 + 8 { word = word << 8 | UInt64(bytes[i]) }
        return word
    }

    package static func == (a: SHA256Hash, b: SHA256Hash) -> Bool {
        for i in a.bytes.indices where a.bytes[i] != b.bytes[i] { return false }
        return true
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(word(0)) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let hash = SHA256Hash(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected 64 lowercase hex digits")
        }
        self = hash
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}
