/// What a principal may do.
package enum Permission: String, Sendable, Codable, CaseIterable, Comparable {
    /// Change trails and all other settings through the API.
    case administer
    /// Receive from queues, and acknowledge.
    case consume
    /// Read encrypted log files in clear.
    case decrypt
    /// Read settings and status through the API.
    case describe
    /// Search events through the API.
    case lookup
    /// List buckets, and read objects as they are stored.
    case read
    /// Send events.
    case write

    package static func < (a: Permission, b: Permission) -> Bool { a.rawValue < b.rawValue }
}
