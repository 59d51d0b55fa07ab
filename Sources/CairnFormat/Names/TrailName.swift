/// A trail's name, by the rules of reference 6.2. Descriptions of its errors are the service's own words.
package struct TrailName: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(TrailNameError) {
        let bytes = Array(text.utf8)
        let count = text.unicodeScalars.count
        guard count >= 3 else { throw .tooShort(count) }
        guard count <= 128 else { throw .tooLong(count) }
        guard Self.isLetterOrDigit(bytes[0]) else { throw .badStart }
        guard Self.isLetterOrDigit(bytes[bytes.count - 1]) else { throw .badEnd }
        guard bytes.allSatisfy({ Self.isLetterOrDigit($0) || Self.isMark($0) }) else { throw .badCharacter }
        for i in 1..<bytes.count where Self.isMark(bytes[i - 1]) && Self.isMark(bytes[i]) { throw .adjacentMarks }
        guard !Self.isIPv4(text) else { throw .address }
        self.text = text
    }

    private static func isLetterOrDigit(_ c: UInt8) -> Bool {
        switch c {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func isMark(_ c: UInt8) -> Bool {
        c == UInt8(ascii: ".") || c == UInt8(ascii: "_") || c == UInt8(ascii: "-")
    }

    static func isIPv4(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }
    }

    package var description: String { text }

    package static func < (a: TrailName, b: TrailName) -> Bool { a.text < b.text }

    package init(from decoder: any Decoder) throws {
        self = try TrailName(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
