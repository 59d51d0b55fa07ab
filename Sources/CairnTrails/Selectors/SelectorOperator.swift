/// How a field selector compares its values with an event's field (reference 7.4). No wildcards; case counts.
package enum SelectorOperator: String, Sendable, Hashable, CaseIterable {
    case equals = "Equals"
    case startsWith = "StartsWith"
    case endsWith = "EndsWith"
    case notEquals = "NotEquals"
    case notStartsWith = "NotStartsWith"
    case notEndsWith = "NotEndsWith"

    /// Whether a value that hits keeps the event out.
    package var isDeselecting: Bool {
        switch self {
        case .equals, .startsWith, .endsWith: false
        case .notEquals, .notStartsWith, .notEndsWith: true
        }
    }
}
