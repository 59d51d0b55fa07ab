/// The key of an object in a bucket: 1 to 1,024 bytes of UTF-8 in parts joined by `/`.
///
/// No part is empty, `.` or `..`, nor longer than 255 bytes, and no control characters: such keys cannot be kept in a
/// directory, or would be read as another name.
package struct ObjectKey: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(FormatError) {
        guard (1...1_024).contains(text.utf8.count) else {
            throw FormatError(meant: "an object key", expected: "1 to 1,024 bytes", found: text)
        }
        let hasControls = text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let areNames = parts.allSatisfy { part in
            !part.isEmpty && part.count <= 255 && !part.elementsEqual(".".utf8) && !part.elementsEqual("..".utf8)
        }
        guard !hasControls, areNames else {
            throw FormatError(
                meant: "an object key",
                expected:
                    "parts joined by '/', none empty, '.', '..', longer than 255 bytes or with control characters",
                found: text
            )
        }
        self.text = text
    }

    package var description: String { text }

    // Byte by byte: to Swift a composed and a decomposed é are one text, to a bucket they are two keys.
    package static func == (a: ObjectKey, b: ObjectKey) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }

    /// In the order of their bytes, as S3 lists them.
    package static func < (a: ObjectKey, b: ObjectKey) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }

    package init(from decoder: any Decoder) throws {
        self = try ObjectKey(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
