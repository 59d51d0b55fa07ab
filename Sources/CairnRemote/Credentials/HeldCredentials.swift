import CairnFormat
import CairnSystem

/// Credentials with how long they last.
struct HeldCredentials: Sendable {
    var credentials: SigV4Credentials
    /// When they must be asked for again; nil: never.
    var expiresAt: Timestamp?
}
