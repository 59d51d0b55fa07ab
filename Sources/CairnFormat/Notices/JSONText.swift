/// Writes text as JSON.
package enum JSONText {
    /// A JSON string with its quotes. Escapes what RFC 8259 demands and nothing else.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
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
