import CairnFormat

/// Why a trail's settings are refused.
package indirect enum TrailError: Error, Equatable, Sendable, CustomStringConvertible {
    case multiRegionWithoutGlobal
    case badTopicName(String)
    case encryptedWithoutKey
    case badLockPeriod(Int)
    case badFeed(_ meant: String, String)
    case selectors(SelectorError)

    /// The exception by which CloudTrail's API answers.
    package var code: String {
        switch self {
        case .multiRegionWithoutGlobal: "InvalidParameterCombinationException"
        case .badTopicName: "InvalidSnsTopicNameException"
        case .encryptedWithoutKey, .badLockPeriod: "InvalidParameterCombinationException"
        case .badFeed: "InvalidCloudWatchLogsLogGroupArnException"
        case .selectors(let error): error.code
        }
    }

    package var description: String {
        switch self {
        case .multiRegionWithoutGlobal: "Multi-Region trail must include global service events."
        case .badTopicName(let name):
            "not a topic's name: expected 1 to 256 letters, digits, '-' and '_', found '\(name.prefix(300))'"
        case .encryptedWithoutKey:
            "files that both cairn and the store encrypt need a key: name one, or let the store alone encrypt them"
        case .badFeed(let meant, let text): "expected the ARN of \(meant), found '\(text)'"
        case .badLockPeriod(let days):
            "expected to hold objects for \(ObjectLock.dayCounts.lowerBound) to \(ObjectLock.dayCounts.upperBound) days, found "
                + "\(days)"
        case .selectors(let error): error.description
        }
    }
}
