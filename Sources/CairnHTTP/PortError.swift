/// Why a port cannot be made.
package struct PortError: Error, Sendable {
    package let file: String
    package let reason: String
}
