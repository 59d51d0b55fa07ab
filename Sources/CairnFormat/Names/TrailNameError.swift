/// Why a text is no trail name: `InvalidTrailNameException` in the service's own words (reference 6.2).
package indirect enum TrailNameError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooShort(Int)
    case tooLong(Int)
    case badStart
    case badEnd
    case badCharacter
    case adjacentMarks
    case address

    package var description: String {
        switch self {
        case .tooShort(let count):
            "Trail name too short. Minimum allowed length: 3 characters. Specified name length: \(count) characters."
        case .tooLong(let count):
            "Trail name too long. Maximum allowed length: 128 characters. Specified name length: \(count) characters."
        case .badStart: "Trail name must starts with a letter or number."
        case .badEnd: "Trail name must ends with a letter or number."
        case .badCharacter:
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), "
                + "and underscores (_)."
        case .adjacentMarks: "Trail name must not have two of period, hyphen and underscore next to each other."
        case .address: "Trail name must not be formatted as an IP address."
        }
    }
}
