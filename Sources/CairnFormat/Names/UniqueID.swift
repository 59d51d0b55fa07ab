/// A UUID, version 4 (RFC 9562), in lowercase, from random bytes that the caller brings.
package struct UniqueID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    /// - Parameter random: 16 bytes.
    package init(random: [UInt8]) {
        precondition(random.count == 16)
        var bytes = random
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (i, byte) in bytes.enumerated() {
            if i == 4 || i == 6 || i == 8 || i == 10 { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        self.text = String(decoding: text, as: UTF8.self)
    }

    package init(_ text: String) throws(FormatError) {
        let isWellFormed =
            text.utf8.count == 36
            && text.utf8.enumerated().allSatisfy { i, c in
                [8, 13, 18, 23].contains(i)
                    ? c == UInt8(ascii: "-") : (c >= 0x30 && c <= 0x39) || (c >= 0x61 && c <= 0x66)
            }
        guard isWellFormed else { throw FormatError(meant: "a UUID", expected: "36 lowercase characters", found: text) }
        self.text = text
    }

    package var description: String { text }

    package static func < (a: UniqueID, b: UniqueID) -> Bool { a.text < b.text }

    package init(from decoder: any Decoder) throws {
        self = try UniqueID(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
