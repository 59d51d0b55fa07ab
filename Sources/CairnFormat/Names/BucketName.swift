/// The name of a bucket, by S3's rules: 3 to 63 of `a-z 0-9 . -`, beginning and ending with a letter or digit, no two
/// dots in a row, not shaped like an IPv4 address.
package struct BucketName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(FormatError) {
        let bytes = Array(text.utf8)
        func isPlain(_ c: UInt8) -> Bool { (c >= 0x61 && c <= 0x7A) || (c >= 0x30 && c <= 0x39) }
        guard (3...63).contains(bytes.count), isPlain(bytes[0]), isPlain(bytes[bytes.count - 1]),
            bytes.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }),
            !text.contains(".."), !TrailName.isIPv4(text)
        else {
            throw FormatError(
                meant: "a bucket name", expected: "3 to 63 of a-z, 0-9, '.' and '-' by the rules of S3", found: text)
        }
        self.text = text
    }

    package var description: String { text }

    package static func < (a: BucketName, b: BucketName) -> Bool { a.text < b.text }

    package init(from decoder: any Decoder) throws {
        self = try BucketName(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
