/// A conformer of a seam doesn't keep what the seam promises.
package struct SpecFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }

    /// Throws unless the promise is kept.
    static func unless(_ isKept: Bool, _ promise: @autoclosure () -> String) throws(SpecFailure) {
        if !isKept { throw SpecFailure("not kept: \(promise())") }
    }

    /// Throws unless both are equal.
    static func unlessEqual<Value: Equatable>(
        _ found: Value, _ expected: Value, _ promise: @autoclosure () -> String
    ) throws(SpecFailure) {
        if found != expected { throw SpecFailure("not kept: \(promise()): expected \(expected), found \(found)") }
    }

    /// Throws unless `body` fails with an error that `isRight` takes.
    static func unlessThrown<Failure: Error>(
        _ promise: @autoclosure () -> String, _ isRight: (Failure) -> Bool, _ body: () async throws(Failure) -> Void
    ) async throws(SpecFailure) {
        do throws(Failure) {
            try await body()
        } catch {
            if isRight(error) { return }
            throw SpecFailure("not kept: \(promise()): it failed otherwise: \(error)")
        }
        throw SpecFailure("not kept: \(promise()): nothing was thrown")
    }
}
