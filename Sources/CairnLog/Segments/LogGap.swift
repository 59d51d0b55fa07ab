/// Sequences that a log lost to damage, as recovery found them.
package struct LogGap: Sendable, Equatable, Codable {
    /// The damaged file; its copy is in quarantine.
    package let file: String
    /// Where the damage begins in it.
    package let offset: Int
    /// The first sequence lost, and the one behind the last.
    package let from: UInt64
    package let until: UInt64
    package let reason: String

    package init(file: String, offset: Int, from: UInt64, until: UInt64, reason: String) {
        self.file = file
        self.offset = offset
        self.from = from
        self.until = until
        self.reason = reason
    }
}
