package import CairnSystem

/// How long a trail key is used before the next one is made.
package enum KeyPeriod: String, Sendable, Codable, CaseIterable {
    case day
    case month

    /// The period that a moment is in: `2026-11`, `2026-11-25`. Later periods sort after earlier ones.
    package func name(at time: Timestamp) -> String { String(time.iso8601.prefix(self == .day ? 10 : 7)) }
}
