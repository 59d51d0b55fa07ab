/// Tells Swift code from comments and strings. It knows no more of the language than that needs.
struct SwiftCode {
    private let bytes: [UInt8]
    private var output: [UInt8]
    private var at = 0

    /// The text with blanks for comments and for what strings say, line for line.
    static func only(_ text: String) -> String {
        var code = SwiftCode(text)
        while code.at < code.bytes.count { code.code(untilParenthesis: false) }
        return String(decoding: code.output, as: UTF8.self)
    }

    private init(_ text: String) {
        bytes = Array(text.utf8)
        output = bytes.map { $0 == UInt8(ascii: "\n") ? $0 : UInt8(ascii: " ") }
    }

    private func starts(_ text: StaticString) -> Bool {
        at + text.utf8CodeUnitCount <= bytes.count
            && text.withUTF8Buffer { $0.elementsEqual(bytes[at..<at + text.utf8CodeUnitCount]) }
    }

    private mutating func code(untilParenthesis: Bool) {
        var depth = 0
        while at < bytes.count {
            if starts("//") {
                while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { at += 1 }
            } else if starts("/*") {
                comment()
            } else if let hashes = stringBegins() {
                string(hashes)
            } else {
                if untilParenthesis, bytes[at] == UInt8(ascii: "(") { depth += 1 }
                if untilParenthesis, bytes[at] == UInt8(ascii: ")") {
                    if depth == 0 { return }
                    depth -= 1
                }
                output[at] = bytes[at]
                at += 1
            }
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if starts("/*") {
                depth += 1
                at += 2
            } else if starts("*/") {
                depth -= 1
                at += 2
            } else {
                at += 1
            }
        } while depth > 0 && at < bytes.count
    }

    /// How many `#` the string that begins here has; nil if none begins.
    private func stringBegins() -> Int? {
        var end = at
        while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
        return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - at : nil
    }

    private func hashes(from: Int, _ count: Int) -> Bool {
        from + count <= bytes.count && bytes[from..<from + count].allSatisfy { $0 == UInt8(ascii: "#") }
    }

    private mutating func string(_ count: Int) {
        at += count
        let quotes = starts("\"\"\"") ? 3 : 1
        at += quotes
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\\"), hashes(from: at + 1, count) {
                at += 1 + count
                if at < bytes.count, bytes[at] == UInt8(ascii: "(") {
                    at += 1
                    code(untilParenthesis: true)
                }
                at += 1
            } else if quotes == 3 ? starts("\"\"\"") : starts("\""), hashes(from: at + quotes, count) {
                at += quotes + count
                return
            } else if quotes == 1, bytes[at] == UInt8(ascii: "\n") {
                return
            } else {
                at += 1
            }
        }
    }
}
