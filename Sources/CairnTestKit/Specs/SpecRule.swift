/// One promise of a seam, and how to see whether a conformer keeps it.
///
/// A test runs all rules of a spec on each conformer, with a fresh one for each rule.
package struct SpecRule<Subject>: Sendable, CustomStringConvertible {
    package let description: String
    package let check: @Sendable (Subject) async throws -> Void

    init(_ description: String, _ check: @escaping @Sendable (Subject) async throws -> Void) {
        self.description = description
        self.check = check
    }
}
