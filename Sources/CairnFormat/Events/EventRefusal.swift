package import CairnNative

/// Why one event was refused: which field, what was expected, what was found.
package struct EventRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of refusal. They are part of the API and only grow.
    package enum Code: String, Sendable, Codable {
        case notJSON = "NotJSON"
        case tooLarge = "TooLarge"
        case repeatedName = "RepeatedName"
        case missingField = "MissingField"
        case wrongType = "WrongType"
        case badValue = "BadValue"
        case timeOutOfRange = "TimeOutOfRange"
        case reserved = "Reserved"
        case accountNotAllowed = "AccountNotAllowed"
        case sourceNotAllowed = "SourceNotAllowed"
        case unknownAccount = "UnknownAccount"
        case unknownRegion = "UnknownRegion"
    }

    package let code: Code
    /// The field, by its path; nil when it is the event as a whole.
    package let field: String?
    package let expected: String
    package let found: String

    package init(_ code: Code, field: String? = nil, expected: String, found: String) {
        self.code = code
        self.field = field
        self.expected = expected
        // Scalars, not characters: one character may be a letter under a quarter of a million accents.
        let scalars = found.unicodeScalars
        self.found = scalars.count > 200 ? String(String.UnicodeScalarView(scalars.prefix(200))) + "…" : found
    }

    package init(_ problem: JSONProblem) {
        switch problem {
        case .repeatedName(let name):
            self.init(.repeatedName, field: name, expected: "every name once", found: problem.description)
        default:
            self.init(
                .notJSON, expected: "one JSON object (RFC 8259) no deeper than \(JSONReader.depthMax)",
                found: problem.description)
        }
    }

    package var description: String {
        (field.map { "\($0): " } ?? "") + "expected \(expected), found \(found)"
    }
}
