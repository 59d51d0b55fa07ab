/// How hard a trail's log files are compressed.
package enum CompressionChoice: String, Sendable, Hashable, Codable, CaseIterable {
    case balanced
    case fast
    case small
    /// Delivery chooses by its backlog.
    case auto
}
