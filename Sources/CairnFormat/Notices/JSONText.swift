/// Writes text as JSON.
package enum JSONText {
    /// A JSON string with its quotes. Escapes what RFC 8259 demands and nothing else.
    package static func quoted(_ text: String) -> String {
        var result = ""
        appendQuoted(text, to: &result)
        return result
    }

    /// The same, at the end of a text.
    package static func appendQuoted(_ text: String, to result: inout String) {
        result.append("\"")
        let utf8 = text.utf8
        var start = utf8.startIndex
        var at = start
        while at != utf8.endIndex {
            let c = utf8[at]
            let next = utf8.index(after: at)
            if c < 0x20 || c == UInt8(ascii: "\"") || c == UInt8(ascii: "\\") {
                result.append(contentsOf: text[start..<at])
                result.append(escape(c))
                start = next
            }
            at = next
        }
        result.append(contentsOf: text[start...])
        result.append("\"")
    }

    private static func escape(_ c: UInt8) -> String {
        switch c {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "\n"): "\\n"
        case UInt8(ascii: "\r"): "\\r"
        case UInt8(ascii: "\t"): "\\t"
        default: "\\u00\(c < 0x10 ? "0" : "")\(String(c, radix: 16))"
        }
    }

    /// Appends UTF-8 as a JSON string with its quotes.
    package static func appendQuoted(_ text: [UInt8], to result: inout [UInt8]) {
        result.append(UInt8(ascii: "\""))
        var start = 0
        for (i, c) in text.enumerated() where c < 0x20 || c == UInt8(ascii: "\"") || c == UInt8(ascii: "\\") {
            result += text[start..<i]
            start = i + 1
            if c >= 0x20 {
                result += [UInt8(ascii: "\\"), c]
            } else {
                result += Array("\\u00\(c < 0x10 ? "0" : "")\(String(c, radix: 16))".utf8)
            }
        }
        result += text[start...]
        result.append(UInt8(ascii: "\""))
    }
}
