/// Where a webhook is: `https://HOST[:PORT]/PATH`, without anybody's name or password in it.
package struct WebhookURL: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The text is no URL of a webhook.
    package struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
        package let description: String
    }

    private static let byteCountMax = 2_048

    /// The host in lower case.
    package let description: String
    /// In lower case; an IPv6 address without its brackets.
    package let host: String
    package let port: Int

    package init(_ text: String) throws(Problem) {
        func bad(_ reason: String) -> Problem {
            Problem(description: "'\(text.prefix(200))' is no URL of a webhook: \(reason)")
        }
        guard text.utf8.count <= Self.byteCountMax, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw bad("expected up to \(Self.byteCountMax) characters of ASCII without spaces")
        }
        guard text.hasPrefix("https://") else { throw bad("expected https://HOST/PATH") }
        let rest = text.dropFirst("https://".count)
        let authority = rest.prefix { !"/?#\\".contains($0) }
        guard !rest.contains("#"), !rest.contains("\\") else { throw bad("it must not have '#' or '\\' in it") }
        guard !authority.contains("@") else { throw bad("it must not name a user") }
        let (name, number): (Substring, Substring)
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw bad("an address in brackets does not end") }
            name = authority[authority.index(after: authority.startIndex)..<end]
            number = authority[authority.index(after: end)...]
        } else {
            name = authority.prefix { $0 != ":" }
            number = authority.dropFirst(name.count)
        }
        let isName = name.utf8.allSatisfy { c in
            (0x30...0x39).contains(c) || (0x41...0x5A).contains(c) || (0x61...0x7A).contains(c) || c == 0x2D
                || c == 0x2E || (authority.hasPrefix("[") && c == 0x3A)
        }
        guard !name.isEmpty, name.utf8.count <= 253, isName else { throw bad("expected the name of a host") }
        if number.isEmpty {
            port = 443
        } else {
            guard number.hasPrefix(":"), let value = UInt16(number.dropFirst()), value > 0 else {
                throw bad("expected a port from 1 to 65535 behind ':'")
            }
            port = Int(value)
        }
        host = name.lowercased()
        // The host in one spelling everywhere: the address that was judged is looked up by it.
        description = "https://" + authority.lowercased() + rest.dropFirst(authority.count)
    }

    package init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
