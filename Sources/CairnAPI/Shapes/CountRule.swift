/// How many elements a list or a map may have.
package struct CountRule: Sendable {
    package var min: Int?
    package var max: Int?

    static let any = CountRule()

    static func between(_ count: ClosedRange<Int>) -> CountRule {
        CountRule(min: count.lowerBound, max: count.upperBound)
    }

    static func upTo(_ count: Int) -> CountRule { CountRule(max: count) }
    static func atLeast(_ count: Int) -> CountRule { CountRule(min: count) }
}
