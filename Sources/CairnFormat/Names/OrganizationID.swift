/// An organization's id: `o-` and 10 to 32 lowercase letters and digits.
package struct OrganizationID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(FormatError) {
        let rest = text.utf8.dropFirst(2)
        guard text.hasPrefix("o-"), (10...32).contains(rest.count),
            rest.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) })
        else {
            throw FormatError(
                meant: "an organization's id", expected: "o- and 10 to 32 lowercase letters and digits", found: text)
        }
        self.text = text
    }

    /// - Parameter random: 8 bytes.
    package init(random: [UInt8]) {
        precondition(random.count == 8)
        var number = random.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
        var text = Array("o-".utf8)
        for _ in 0..<10 {
            text.append(digits[Int(number % 36)])
            number /= 36
        }
        self.text = String(decoding: text, as: UTF8.self)
    }

    package var description: String { text }

    package static func < (a: OrganizationID, b: OrganizationID) -> Bool { a.text < b.text }

    package init(from decoder: any Decoder) throws {
        self = try OrganizationID(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
