/// What kind of event a record is (`eventCategory`, reference 2.5).
package enum EventCategory: UInt8, Sendable, Hashable, Codable, CaseIterable {
    case management = 1
    case data = 2
    case networkActivity = 3
    case insight = 4
    case aggregated = 5

    /// As records spell it.
    package var name: String {
        switch self {
        case .management: "Management"
        case .data: "Data"
        case .networkActivity: "NetworkActivity"
        case .insight: "Insight"
        case .aggregated: "Aggregated"
        }
    }

    package init?(name: String) {
        guard let category = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = category
    }

    /// The folder below the account, which is also the middle part of a file's name (reference 1.2).
    package var folder: String {
        switch self {
        case .management, .data: "CloudTrail"
        case .networkActivity: "CloudTrail-NetworkActivity"
        case .insight: "CloudTrail-Insight"
        case .aggregated: "CloudTrail-Aggregated"
        }
    }
}
