/// Permissions that go together, by the names of those who have them.
package enum Role: String, Sendable, CaseIterable {
    /// Everything.
    case admin
    /// Looks at everything, changes nothing.
    case auditor
    /// Sends events.
    case producer
    /// A program that takes log files as they are stored, and the notices of them.
    case reader

    /// Sorted.
    package var permissions: [Permission] {
        switch self {
        case .admin: Permission.allCases
        case .auditor: [.decrypt, .describe, .lookup, .read]
        case .producer: [.write]
        case .reader: [.consume, .describe, .read]
        }
    }
}
