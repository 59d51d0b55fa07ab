/// An AWS account id: twelve decimal digits.
package struct AccountID: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    private let number: UInt64

    package init(_ text: String) throws(FormatError) {
        var utf8 = text
        guard let account = utf8.withUTF8({ AccountID(digits: $0) }) else {
            throw FormatError(meant: "an account id", expected: "12 digits", found: text)
        }
        self = account
    }

    /// Reads twelve digits; nil for anything else.
    package init?(digits: some Collection<UInt8>) {
        guard digits.count == 12 else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        self.number = number
    }

    /// Appends the twelve digits.
    package func append(to bytes: inout [UInt8]) {
        var divisor: UInt64 = 100_000_000_000
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    package var description: String {
        let text = String(number)
        return String(repeating: "0", count: 12 - text.utf8.count) + text
    }

    package static func < (a: AccountID, b: AccountID) -> Bool { a.number < b.number }

    package init(from decoder: any Decoder) throws {
        self = try AccountID(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
