/// Why a trail's event selectors are refused: which member, what it takes, what stood there.
package indirect enum SelectorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Basic and advanced selectors in one call.
    case bothKinds
    /// Neither basic nor advanced selectors.
    case neitherKind
    /// A limit on the number of things in one trail.
    case tooMany(String, max: Int, found: Int)
    /// A member whose value breaks CloudTrail's rules for selectors.
    case invalid(field: String, expected: String, found: String)
    /// A member that already the shape of the request rules out: its type, its length, an empty list.
    case malformed(field: String, expected: String, found: String)

    /// The exception by which CloudTrail's API answers.
    package var code: String {
        switch self {
        case .bothKinds, .neitherKind, .tooMany, .invalid: "InvalidEventSelectorsException"
        case .malformed: "ValidationException"
        }
    }

    /// The member that is at fault, as a path: `AdvancedEventSelectors[0].readOnly.Equals`.
    package var field: String {
        switch self {
        case .bothKinds, .neitherKind: "EventSelectors, AdvancedEventSelectors"
        case .tooMany(let things, _, _): things
        case .invalid(let field, _, _), .malformed(let field, _, _): field
        }
    }

    package var expected: String {
        switch self {
        case .bothKinds, .neitherKind: "one of the two"
        case .tooMany(_, let max, _): "at most \(max) in one trail"
        case .invalid(_, let expected, _), .malformed(_, let expected, _): expected
        }
    }

    package var found: String {
        switch self {
        case .bothKinds: "both"
        case .neitherKind: "neither"
        case .tooMany(_, _, let found): "\(found)"
        case .invalid(_, _, let found), .malformed(_, _, let found):
            found.count > 300 ? String(found.prefix(300)) + "…" : found
        }
    }

    package var description: String {
        switch self {
        case .bothKinds: "a trail has basic or advanced event selectors, not both: send one of the two lists"
        case .neitherKind: "no event selectors: send EventSelectors or AdvancedEventSelectors, one selector or more"
        case .tooMany: "too many \(field): expected \(expected), found \(found); spread them over several trails"
        case .invalid, .malformed: "\(field): expected \(expected), found \(found)"
        }
    }
}
