/// The folder of a series of log files, which is also the middle part of their names (reference 1.2).
package enum LogFolder: String, Sendable, Hashable, Comparable, Codable, CaseIterable {
    case trail = "CloudTrail"
    case networkActivity = "CloudTrail-NetworkActivity"
    case insight = "CloudTrail-Insight"
    case aggregated = "CloudTrail-Aggregated"

    package init(_ category: EventCategory) {
        switch category {
        case .management, .data: self = .trail
        case .networkActivity: self = .networkActivity
        case .insight: self = .insight
        case .aggregated: self = .aggregated
        }
    }

    package static func < (a: LogFolder, b: LogFolder) -> Bool { a.rawValue < b.rawValue }
}
