import CairnFormat

/// Cuts a large JSON object into pieces while it comes in: its members, and the elements of lists that may be long.
///
/// It knows brackets, strings and commas; each piece is read strictly by ``StrictJSON``. Names are unique in each object that
/// it opens. Memory is bounded by the largest piece.
struct JSONSplitter {
    /// One piece, with the names that lead to it: `["logFiles"]` for an element of that list.
    struct Piece {
        let path: [String]
        let isElement: Bool
        let value: StrictJSON
    }

    private enum State {
        case start
        case memberOrEnd, member
        case name(isEscaped: Bool)
        case colon
        case value
        case elementOrEnd, element
        case inValue
        case afterValue
        case end
    }

    private struct Container {
        var isList: Bool
        var names: Set<String> = []
        var name: String?
    }

    private static let pieceByteCountMax = 1 << 20
    private static let nameCountMax = 10_000

    /// Paths whose values are opened and not read whole: objects by member, lists by element.
    private let opening: Set<[String]>
    /// Those that were opened as lists.
    private var lists: Set<[String]> = []
    private var state = State.start
    private var stack: [Container] = []
    private var piece: [UInt8] = []
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    private var offset = 0

    init(opening: Set<[String]>) { self.opening = opening }

    /// Whether the value of a path was a list, empty or not.
    func opened(_ path: [String]) -> Bool { lists.contains(path) }

    /// Whether the object has ended.
    var isComplete: Bool { if case .end = state { true } else { false } }

    private var path: [String] { stack.compactMap(\.name) }

    private func problem(_ reason: String) -> StrictJSON.Problem { StrictJSON.Problem(offset: offset, reason: reason) }

    /// Takes in the next bytes and gives out the pieces that end in them.
    mutating func feed(_ bytes: [UInt8], _ body: (Piece) -> Void) throws(StrictJSON.Problem) {
        var i = 0
        while i < bytes.count {
            let c = bytes[i]
            if case .inValue = state {
                if try !continueValue(c, body) { continue }
            } else {
                try take(c, body)
            }
            i += 1
            offset += 1
        }
    }

    private static func isSpace(_ c: UInt8) -> Bool { c == 0x20 || c == 0x0A || c == 0x0D || c == 0x09 }

    private mutating func take(_ c: UInt8, _ body: (Piece) -> Void) throws(StrictJSON.Problem) {
        if case .name(let escaped) = state {
            piece.append(c)
            guard piece.count <= 1_000 else { throw problem("a name is too long") }
            if escaped {
                state = .name(isEscaped: false)
            } else if c == UInt8(ascii: "\\") {
                state = .name(isEscaped: true)
            } else if c == UInt8(ascii: "\"") {
                try closeName()
            }
            return
        }
        if Self.isSpace(c) { return }
        switch (state, c) {
        case (.start, UInt8(ascii: "{")):
            stack.append(Container(isList: false))
            state = .memberOrEnd
        case (.memberOrEnd, UInt8(ascii: "}")), (.elementOrEnd, UInt8(ascii: "]")): close()
        case (.memberOrEnd, UInt8(ascii: "\"")), (.member, UInt8(ascii: "\"")):
            piece = [c]
            state = .name(isEscaped: false)
        case (.colon, UInt8(ascii: ":")): state = .value
        case (.value, _): try begin(c, body)
        case (.elementOrEnd, _), (.element, _): try begin(c, body)
        case (.afterValue, UInt8(ascii: ",")): state = stack[stack.count - 1].isList ? .element : .member
        case (.afterValue, UInt8(ascii: "]")) where stack[stack.count - 1].isList: close()
        case (.afterValue, UInt8(ascii: "}")) where !stack[stack.count - 1].isList: close()
        case (.start, _): throw problem("no JSON object")
        case (.end, _): throw problem("something follows the end")
        default: throw problem("a comma, a name or a bracket is missing")
        }
    }

    private mutating func closeName() throws(StrictJSON.Problem) {
        guard case .string(let name) = try StrictJSON.parse(piece) else { throw problem("a name is missing") }
        let last = stack.count - 1
        guard stack[last].names.insert(name).inserted else {
            throw problem("the name '\(name.prefix(100))' stands twice")
        }
        guard stack[last].names.count <= Self.nameCountMax else { throw problem("too many names") }
        stack[last].name = name
        piece = []
        state = .colon
    }

    private mutating func close() {
        stack.removeLast()
        state = stack.isEmpty ? .end : .afterValue
    }

    private mutating func begin(_ c: UInt8, _ body: (Piece) -> Void) throws(StrictJSON.Problem) {
        if !stack[stack.count - 1].isList, opening.contains(path) {
            if c == UInt8(ascii: "{") {
                stack.append(Container(isList: false))
                state = .memberOrEnd
                return
            }
            if c == UInt8(ascii: "[") {
                lists.insert(path)
                stack.append(Container(isList: true))
                state = .elementOrEnd
                return
            }
        }
        (piece, depth, isInString, isEscaped) = ([], 0, false, false)
        state = .inValue
        _ = try continueValue(c, body)
    }

    /// Takes one more byte of a value. False when the value has ended before it.
    private mutating func continueValue(_ c: UInt8, _ body: (Piece) -> Void) throws(StrictJSON.Problem) -> Bool {
        if isInString {
            piece.append(c)
            if isEscaped {
                isEscaped = false
            } else if c == UInt8(ascii: "\\") {
                isEscaped = true
            } else if c == UInt8(ascii: "\"") {
                isInString = false
                if depth == 0 { try end(body) }
            }
        } else {
            switch c {
            case UInt8(ascii: "\""):
                if depth == 0, !piece.isEmpty { throw problem("a comma is missing") }
                isInString = true
                piece.append(c)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth == 0, !piece.isEmpty { throw problem("a comma is missing") }
                depth += 1
                piece.append(c)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // The end of what holds a number or a word.
                if depth == 0 {
                    try end(body)
                    return false
                }
                depth -= 1
                piece.append(c)
                if depth == 0 { try end(body) }
            case UInt8(ascii: ","):
                if depth == 0 {
                    try end(body)
                    return false
                }
                piece.append(c)
            default:
                if depth == 0, Self.isSpace(c) {
                    try end(body)
                    return false
                }
                piece.append(c)
            }
        }
        guard piece.count <= Self.pieceByteCountMax else {
            throw problem("a value is larger than \(Self.pieceByteCountMax) bytes")
        }
        return true
    }

    private mutating func end(_ body: (Piece) -> Void) throws(StrictJSON.Problem) {
        let value: StrictJSON
        let first = offset - piece.count
        do throws(StrictJSON.Problem) { value = try StrictJSON.parse(piece) } catch {
            throw StrictJSON.Problem(offset: max(first, 0) + error.offset, reason: error.reason)
        }
        body(Piece(path: path, isElement: stack[stack.count - 1].isList, value: value))
        piece = []
        state = .afterValue
    }
}
