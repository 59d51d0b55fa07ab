package import Hummingbird

/// A request's context as the routes need it: with the address of the peer.
package protocol DoorContext: RequestContext {
    /// The peer's address without its port.
    var peer: String { get }
}
