/// What a principal's access key may do.
package enum Permission: String, Sendable, Codable, CaseIterable, Comparable {
    /// List buckets, and read objects as they are stored.
    case read
    /// Read encrypted log files in clear.
    case decrypt
    /// Receive from queues, and acknowledge.
    case consume

    package static func < (a: Permission, b: Permission) -> Bool { a.rawValue < b.rawValue }
}
