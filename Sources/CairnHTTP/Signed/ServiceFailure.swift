/// Why a service does not do what a signed request asks, as its clients know it.
package struct ServiceFailure: Error, Sendable, Equatable {
    package let status: Int
    /// The service's own name for it, such as `NoSuchKey`.
    package let code: String
    package let message: String

    package init(_ status: Int, _ code: String, _ message: String) {
        (self.status, self.code, self.message) = (status, code, message)
    }
}
