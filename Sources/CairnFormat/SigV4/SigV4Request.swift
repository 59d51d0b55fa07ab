/// An HTTP request as Signature Version 4 sees it.
package struct SigV4Request: Sendable {
    package var method: String
    /// As it is sent, without the query.
    package var path: String
    /// Decoded names and values, in the order in which they are sent.
    package var query: [(name: String, value: String)]
    /// Every header that is to be signed; names in any case, `host` among them.
    package var headers: [(name: String, value: String)]
    /// Lower-case hex of the body's SHA-256, or `UNSIGNED-PAYLOAD`.
    package var bodyHash: String

    package init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)], bodyHash: String
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.bodyHash = bodyHash
    }

    /// Percent-encodes all but `A–Z a–z 0–9 - _ . ~`, and `/` where it separates.
    package static func encoded(_ text: String, keepsSlash: Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for c in text.utf8 {
            switch c {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                out.append(c)
            case UInt8(ascii: "/") where keepsSlash: out.append(c)
            default: out += [UInt8(ascii: "%"), digits[Int(c >> 4)], digits[Int(c & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// What percent-encoding stands for; nil when that is no UTF-8.
    package static func decoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let c = rest.popFirst() {
            if c == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(c)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Names and values of a query as it stands in a URL; nil when one of them is no UTF-8.
    package static func query(_ text: String) -> [(name: String, value: String)]? {
        var pairs: [(name: String, value: String)] = []
        for pair in text.split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(String(halves[0])), let value = decoded(halves.count > 1 ? String(halves[1]) : "")
            else { return nil }
            pairs.append((name, value))
        }
        return pairs
    }

    /// The path without `.`, `..` and empty parts.
    static func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        let all = path.split(separator: "/", omittingEmptySubsequences: false)
        for part in all {
            switch part {
            case "", ".": continue
            case "..": _ = parts.popLast()
            default: parts.append(part)
            }
        }
        let isFolder = all.last == "" || all.last == "." || all.last == ".."
        return "/" + parts.joined(separator: "/") + (isFolder && !parts.isEmpty ? "/" : "")
    }
}
