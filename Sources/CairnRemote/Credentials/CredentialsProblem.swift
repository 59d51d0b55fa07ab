/// Why there are no credentials.
package struct CredentialsProblem: Error, Sendable, CustomStringConvertible {
    package let description: String
}
