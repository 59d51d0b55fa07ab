/// What the service model asks of a text: its length in characters, its pattern, the words it may be.
package struct TextRule: Sendable {
    package var lengthMin: Int?
    package var lengthMax: Int?
    package var pattern: TextPattern?
    /// All that it may be; empty: anything.
    package var words: [String] = []

    static let any = TextRule()

    static func sized(_ length: ClosedRange<Int>, _ pattern: TextPattern? = nil) -> TextRule {
        TextRule(lengthMin: length.lowerBound, lengthMax: length.upperBound, pattern: pattern)
    }

    static func upTo(_ length: Int, _ pattern: TextPattern? = nil) -> TextRule {
        TextRule(lengthMax: length, pattern: pattern)
    }

    static func like(_ pattern: TextPattern) -> TextRule { TextRule(pattern: pattern) }

    static func oneOf(_ words: String...) -> TextRule { TextRule(words: words) }
}
