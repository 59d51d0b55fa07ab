/// Why bytes are no XML document that is read here.
package struct XMLProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package let reason: String
    /// Where in the document, in bytes.
    package let offset: Int

    package var description: String { "no XML that is read here: \(reason), at byte \(offset)" }
}
