/// The prefix of a trail's object keys (`S3KeyPrefix`): at most 200 characters, an object key in itself, without an
/// `AWSLogs` part, which would let one tenant write into another's tree.
package struct KeyPrefix: Sendable, Hashable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(FormatError) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"))
        guard text.unicodeScalars.count <= 200, (try? ObjectKey(text)) != nil,
            !parts.contains(where: { $0.elementsEqual("AWSLogs".utf8) })
        else {
            throw FormatError(
                meant: "a key prefix",
                expected: "up to 200 characters, parts joined by '/', none empty, '..' or 'AWSLogs'",
                found: text
            )
        }
        self.text = text
    }

    package var description: String { text }

    // Byte by byte: to Swift a composed and a decomposed é are one text, to a bucket they are two keys.
    package static func == (a: KeyPrefix, b: KeyPrefix) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }

    package init(from decoder: any Decoder) throws {
        self = try KeyPrefix(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
