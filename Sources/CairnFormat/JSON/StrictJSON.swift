/// JSON (RFC 8259) that every reader reads alike: no name twice in an object, no half surrogate pair, nothing behind the end.
package enum StrictJSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As it is written.
    case number(String)
    case string(String)
    case array([StrictJSON])
    case object([(name: String, value: StrictJSON)])

    package struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
        package let offset: Int
        package let reason: String

        package init(offset: Int, reason: String) { (self.offset, self.reason) = (offset, reason) }

        package var description: String { "\(reason) at byte \(offset)" }
    }

    package static let depthMax = 32

    /// More values than any list of keys has: each takes a hundred bytes or more.
    package static let countMax = 100_000

    /// - Parameter countMax: how many values it may have in all.
    package static func parse(_ bytes: [UInt8], countMax: Int = Self.countMax) throws(Problem) -> StrictJSON {
        var parser = StrictJSONParser(bytes, countMax: countMax)
        return try parser.parse()
    }

    package subscript(_ name: String) -> StrictJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package var text: String? { if case .string(let text) = self { text } else { nil } }
    /// A number that can be counted with: from zero to 2^53, which no sum or difference of two overflows.
    package var count: Int? { int.flatMap { (0...1 << 53).contains($0) ? $0 : nil } }
    package var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    package var list: [StrictJSON]? { if case .array(let list) = self { list } else { nil } }
    package var isNull: Bool { self == .null }

    /// As JSON text, members in their order.
    package var json: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text.append("null")
        case .bool(let value): text.append(value ? "true" : "false")
        case .number(let number): text.append(number)
        case .string(let string): JSONText.appendQuoted(string, to: &text)
        case .array(let list):
            text.append("[")
            for (i, value) in list.enumerated() {
                if i > 0 { text.append(",") }
                value.write(to: &text)
            }
            text.append("]")
        case .object(let members):
            text.append("{")
            for (i, member) in members.enumerated() {
                if i > 0 { text.append(",") }
                JSONText.appendQuoted(member.name, to: &text)
                text.append(":")
                member.value.write(to: &text)
            }
            text.append("}")
        }
    }

    /// What kind of value it is, as error messages name it.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// As error messages show it: at most 100 characters.
    package var shown: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let text): String(text.prefix(100))
        case .string(let text): "'\(text.prefix(100))'"
        case .array(let list): "a list of \(list.count)"
        case .object(let members): "an object of \(members.count) members"
        }
    }

    package static func == (a: StrictJSON, b: StrictJSON) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)):
            a.count == b.count && zip(a, b).allSatisfy { $0.name == $1.name && $0.value == $1.value }
        default: false
        }
    }
}
