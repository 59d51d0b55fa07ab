/// Finds the elements of a JSON array without reading them: where each begins and ends.
///
/// It knows strings and brackets, nothing else; whoever takes an element validates it. Takes `[…]` and the form of
/// CloudTrail's log files, `{"Records":[…]}`.
package struct JSONElements {
    private var at: Int
    private let end: Int
    private let isWrapped: Bool
    private var isFirst = true
    private var isDone = false

    /// - Returns: nil when the bytes before `count` begin neither an array nor an object whose first name is `Records`.
    package init?(_ buffer: [UInt8], count: Int) {
        end = count
        at = Self.skipSpace(buffer, 0, count)
        guard at < count else { return nil }
        if buffer[at] == UInt8(ascii: "[") {
            isWrapped = false
        } else {
            let name = Array("\"Records\"".utf8)
            guard buffer[at] == UInt8(ascii: "{") else { return nil }
            at = Self.skipSpace(buffer, at + 1, count)
            guard at + name.count <= count, buffer.equals(name, in: at..<at + name.count) else { return nil }
            at = Self.skipSpace(buffer, at + name.count, count)
            guard at < count, buffer[at] == UInt8(ascii: ":") else { return nil }
            at = Self.skipSpace(buffer, at + 1, count)
            guard at < count, buffer[at] == UInt8(ascii: "[") else { return nil }
            isWrapped = true
        }
        at += 1
    }

    /// The next element's place, or nil behind the last one.
    package mutating func next(_ buffer: [UInt8]) throws(JSONProblem) -> Range<Int>? {
        if isDone { return nil }
        at = Self.skipSpace(buffer, at, end)
        guard at < end else { throw .grammar(offset: at, reason: "the array is not closed") }
        if buffer[at] == UInt8(ascii: "]") {
            guard isFirst else { throw .grammar(offset: at, reason: "a value is missing after the comma") }
            return try close(buffer)
        }
        isFirst = false
        let first = at
        guard let last = Self.skipValue(buffer, at, end) else {
            throw .grammar(offset: first, reason: "an element of the array is not closed")
        }
        guard last > first else { throw .grammar(offset: at, reason: "a value is missing") }
        at = last
        if buffer[at] == UInt8(ascii: ",") {
            at += 1
        } else {
            _ = try close(buffer)
        }
        return first..<last
    }

    private mutating func close(_ buffer: [UInt8]) throws(JSONProblem) -> Range<Int>? {
        isDone = true
        guard buffer[at] == UInt8(ascii: "]") else {
            throw .grammar(offset: at, reason: "expected ',' or ']', found '}'")
        }
        at = Self.skipSpace(buffer, at + 1, end)
        if isWrapped {
            guard at < end, buffer[at] == UInt8(ascii: "}") else {
                throw .grammar(offset: at, reason: "the object must hold 'Records' and nothing else")
            }
            at = Self.skipSpace(buffer, at + 1, end)
        }
        guard at == end else { throw .grammar(offset: at, reason: "something follows the end of the array") }
        return nil
    }

    private static func skipSpace(_ buffer: [UInt8], _ from: Int, _ end: Int) -> Int {
        var at = from
        while at < end, buffer[at] == 0x20 || buffer[at] == 0x0A || buffer[at] == 0x0D || buffer[at] == 0x09 { at += 1 }
        return at
    }

    /// The place of the comma or bracket that ends the value at `from`; nil if it isn't closed.
    private static func skipValue(_ buffer: [UInt8], _ from: Int, _ end: Int) -> Int? {
        buffer.withUnsafeBufferPointer { bytes in
            var depth = 0
            var at = from
            while at < end {
                switch bytes[at] {
                case UInt8(ascii: "\""):
                    at += 1
                    while at < end, bytes[at] != UInt8(ascii: "\"") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
                    guard at < end else { return nil }
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth == 0 { return at }
                    depth -= 1
                case UInt8(ascii: ","): if depth == 0 { return at }
                default: break
                }
                at += 1
            }
            return nil
        }
    }
}
