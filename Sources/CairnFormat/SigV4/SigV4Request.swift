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
