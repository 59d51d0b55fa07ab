package import CairnSystem

/// How long a trail key is used before the next one is made.
package enum KeyPeriod: String, Sendable, Codable, CaseIterable {
    /// For tests: shredding works on whole periods that are over.
    case minute
    case day
    case month

    /// How many characters of an ISO 8601 time name the period.
    private var length: Int {
        switch self {
        case .minute: 16
        case .day: 10
        case .month: 7
        }
    }

    /// The period that a moment is in: `2026-11`, `2026-11-25`, `2026-11-25T07:30`. Later periods sort after earlier ones.
    package func name(at time: Timestamp) -> String { String(time.iso8601.prefix(length)) }

    /// Whether the period of that name is over; nil when it is no name of one.
    static func isOver(_ name: String, at time: Timestamp) -> Bool? {
        guard let period = allCases.first(where: { $0.length == name.utf8.count }) else { return nil }
        let pattern = Array("0000-00-00T00:00".utf8)
        for (i, c) in name.utf8.enumerated() {
            guard pattern[i] == UInt8(ascii: "0") ? (0x30...0x39).contains(c) : c == pattern[i] else { return nil }
        }
        return name < period.name(at: time)
    }
}
