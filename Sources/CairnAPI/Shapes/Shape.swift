/// What a member of a request may be, as CloudTrail's service model says.
///
/// It is checked before an operation runs; what only prose asks for (names of trails, selectors) the operations check.
package indirect enum Shape: Sendable {
    case text(TextRule)
    case flag
    case integer(ClosedRange<Int>?)
    /// Seconds since 1970, with a fraction or without.
    case time
    /// - Parameter count: how many elements it may have.
    case list(Shape, count: CountRule)
    case map(key: TextRule, value: TextRule, count: CountRule)
    case structure([Member])

    /// A text that nothing is asked of.
    static let anyText = Shape.text(.any)
}
