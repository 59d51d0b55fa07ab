/// A name or number that isn't what the field it stands in needs.
package struct FormatError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What the text was meant to be: "an account id".
    package let meant: String
    package let expected: String
    package let found: String

    package init(meant: String, expected: String, found: String) {
        self.meant = meant
        self.expected = expected
        self.found = found.count > 300 ? String(found.prefix(300)) + "…" : found
    }

    package var description: String { "not \(meant): expected \(expected), found '\(found)'" }
}
