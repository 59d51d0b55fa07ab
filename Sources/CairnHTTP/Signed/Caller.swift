package import CairnCatalog
package import CairnFormat

/// Who made a signed request, once its signature was verified.
package struct Caller: Sendable {
    package let principal: Principal
    /// The Region that the request was signed for.
    package let region: Region
    /// The peer's address without its port.
    package let peer: String
    package let userAgent: String
    /// Names the request, in the answer and in what is recorded of it.
    package let requestID: UniqueID
}
