/// Reads one JSON text from its first byte to its last.
struct StrictJSONParser {
    typealias Problem = StrictJSON.Problem

    private let bytes: [UInt8]
    private let countMax: Int
    private var at = 0
    private var count = 0

    init(_ bytes: [UInt8], countMax: Int) { (self.bytes, self.countMax) = (bytes, countMax) }

    mutating func parse() throws(Problem) -> StrictJSON {
        let value = try value(depth: 1)
        skipSpace()
        guard at == bytes.count else { throw problem("something follows the end") }
        return value
    }

    private func problem(_ reason: String) -> Problem { Problem(offset: at, reason: reason) }

    private var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let c = byte, c == 0x20 || c == 0x0A || c == 0x0D || c == 0x09 { at += 1 }
    }

    private mutating func take(_ c: Character) throws(Problem) {
        guard byte == c.asciiValue else { throw problem("'\(c)' is missing") }
        at += 1
    }

    private mutating func value(depth: Int) throws(Problem) -> StrictJSON {
        guard depth <= StrictJSON.depthMax else { throw problem("nested deeper than \(StrictJSON.depthMax)") }
        count += 1
        guard count <= countMax else { throw problem("more than \(countMax) values") }
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(let c) where c == UInt8(ascii: "-") || (0x30...0x39).contains(c): return .number(try number())
        default: throw problem("a value is missing")
        }
    }

    private mutating func word(_ text: String, _ value: StrictJSON) throws(Problem) -> StrictJSON {
        guard bytes[at...].starts(with: text.utf8) else { throw problem("no value that JSON knows") }
        at += text.utf8.count
        return value
    }

    private mutating func object(_ depth: Int) throws(Problem) -> StrictJSON {
        at += 1
        var members: [(name: String, value: StrictJSON)] = []
        var names: Set<String> = []
        skipSpace()
        if byte == UInt8(ascii: "}") {
            at += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard byte == UInt8(ascii: "\"") else { throw problem("a name is missing") }
            let name = try string()
            guard names.insert(name).inserted else { throw problem("the name '\(name.prefix(100))' stands twice") }
            skipSpace()
            try take(":")
            members.append((name, try value(depth: depth + 1)))
            skipSpace()
            if byte == UInt8(ascii: "}") { break }
            try take(",")
        }
        at += 1
        return .object(members)
    }

    private mutating func array(_ depth: Int) throws(Problem) -> StrictJSON {
        at += 1
        var list: [StrictJSON] = []
        skipSpace()
        if byte == UInt8(ascii: "]") {
            at += 1
            return .array([])
        }
        while true {
            list.append(try value(depth: depth + 1))
            skipSpace()
            if byte == UInt8(ascii: "]") { break }
            try take(",")
        }
        at += 1
        return .array(list)
    }

    private mutating func number() throws(Problem) -> String {
        let first = at
        func isDigit(_ c: UInt8?) -> Bool { c.map { (0x30...0x39).contains($0) } ?? false }
        if byte == UInt8(ascii: "-") { at += 1 }
        if byte == 0x30 {
            at += 1
        } else {
            guard isDigit(byte) else { throw problem("a digit is missing") }
            while isDigit(byte) { at += 1 }
        }
        if byte == UInt8(ascii: ".") {
            at += 1
            guard isDigit(byte) else { throw problem("a digit is missing") }
            while isDigit(byte) { at += 1 }
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            at += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
            guard isDigit(byte) else { throw problem("a digit is missing") }
            while isDigit(byte) { at += 1 }
        }
        return String(decoding: bytes[first..<at], as: UTF8.self)
    }

    private mutating func string() throws(Problem) -> String {
        at += 1
        let first = at
        // Most texts have no escapes: one scan, one copy.
        while let c = byte, c != UInt8(ascii: "\""), c != UInt8(ascii: "\\"), c >= 0x20 { at += 1 }
        var text = Array(bytes[first..<at])
        while byte != UInt8(ascii: "\"") {
            guard let c = byte, c >= 0x20 else { throw problem("a text is not closed, or holds a control character") }
            at += 1
            guard c == UInt8(ascii: "\\") else {
                text.append(c)
                continue
            }
            guard let escaped = byte else { throw problem("a text is not closed") }
            at += 1
            switch escaped {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escaped)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"): text.append(contentsOf: Array(String(Character(try scalar())).utf8))
            default: throw problem("an escape that JSON does not know")
            }
        }
        at += 1
        guard let result = String(validating: text, as: UTF8.self) else { throw problem("a text is no UTF-8") }
        return result
    }

    private mutating func scalar() throws(Problem) -> Unicode.Scalar {
        let high = try hex()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, bytes[at...].starts(with: "\\u".utf8) else { throw problem("half a surrogate pair") }
        at += 2
        let low = try hex()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
        else { throw problem("half a surrogate pair") }
        return scalar
    }

    private mutating func hex() throws(Problem) -> UInt32 {
        guard at + 4 <= bytes.count, let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16),
            bytes[at] != UInt8(ascii: "+"), bytes[at] != UInt8(ascii: "-")
        else { throw problem("four hex digits are missing") }
        at += 4
        return value
    }
}
