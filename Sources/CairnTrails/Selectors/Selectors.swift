package import CairnFormat
import FoundationEssentials

/// Which events a trail takes: a list of basic or of advanced selectors, any one of which is enough (reference 7.1).
///
/// In JSON it is what PutEventSelectors takes: `{"EventSelectors":[…]}` or `{"AdvancedEventSelectors":[…]}`.
/// What is read from JSON has been checked.
package enum Selectors: Sendable, Hashable {
    case basic([EventSelector])
    case advanced([AdvancedEventSelector])

    /// What a new trail has: management events, read and write; no data, network activity or Insights events.
    package static let standard = Selectors.basic([EventSelector()])

    /// Most basic selectors in a trail.
    package static let basicCountMax = 5
    /// Most values of data resources over all basic selectors of a trail.
    package static let dataResourceCountMax = 250
    /// Most values over all conditions of all advanced selectors of a trail.
    package static let valueCountMax = 500

    /// Whether they are other than those of a new trail (`HasCustomEventSelectors`).
    package var hasCustom: Bool { self != .standard }

    /// The folders that log files of what they take go to, sorted.
    package var folders: [LogFolder] {
        switch self {
        case .basic: [.trail]
        case .advanced(let selectors): Set(selectors.compactMap(\.category).map { LogFolder($0) }).sorted()
        }
    }

    /// Reads selectors from a request's body or a document; other members are ignored.
    package init(json: [UInt8]) throws(SelectorError) {
        do {
            self = try JSONDecoder().decode(Selectors.self, from: Data(json))
        } catch let error as SelectorError {
            throw error
        } catch let error as DecodingError {
            throw SelectorError(error)
        } catch {
            throw .malformed(field: "the request", expected: "event selectors in JSON", found: "\(error)")
        }
    }

    /// Checks every selector and the trail's limits by reference 7.1 to 7.6.
    package func check() throws(SelectorError) {
        switch self {
        case .basic(let selectors):
            guard !selectors.isEmpty else { throw .neitherKind }
            guard selectors.count <= Self.basicCountMax else {
                throw .tooMany("EventSelectors", max: Self.basicCountMax, found: selectors.count)
            }
            for (i, selector) in selectors.enumerated() { try selector.check(at: "EventSelectors[\(i)]") }
            let count = selectors.reduce(0) { $0 + $1.dataResourceCount }
            guard count <= Self.dataResourceCountMax else {
                throw .tooMany("values of DataResources", max: Self.dataResourceCountMax, found: count)
            }
        case .advanced(let selectors):
            guard !selectors.isEmpty else { throw .neitherKind }
            for (i, selector) in selectors.enumerated() { try selector.check(at: "AdvancedEventSelectors[\(i)]") }
            let count = selectors.reduce(0) { $0 + $1.valueCount }
            guard count <= Self.valueCountMax else {
                throw .tooMany("values of AdvancedEventSelectors", max: Self.valueCountMax, found: count)
            }
        }
    }
}

extension Selectors: Codable {
    private enum CodingKeys: String, CodingKey {
        case basic = "EventSelectors"
        case advanced = "AdvancedEventSelectors"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let basic = try container.decodeIfPresent([EventSelector].self, forKey: .basic)
        let advanced = try container.decodeIfPresent([AdvancedEventSelector].self, forKey: .advanced)
        switch (basic, advanced) {
        case (let basic?, nil): self = .basic(basic)
        case (nil, let advanced?): self = .advanced(advanced)
        case (nil, nil): throw SelectorError.neitherKind
        case (_?, _?): throw SelectorError.bothKinds
        }
        try check()
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .basic(let selectors): try container.encode(selectors, forKey: .basic)
        case .advanced(let selectors): try container.encode(selectors, forKey: .advanced)
        }
    }
}

extension SelectorError {
    /// What the decoder of JSON found amiss.
    fileprivate init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            let path = MemberName.path(context.codingPath + [key])
            self = .malformed(field: path, expected: "a value", found: "nothing")
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            let path = MemberName.path(context.codingPath)
            let expected =
                switch type {
                case is String.Type: "a string"
                case is Bool.Type: "true or false"
                case is [Any].Type: "a list"
                default: "an object"
                }
            self = .malformed(
                field: path.isEmpty ? "the request" : path, expected: expected, found: "another kind of value")
        case .dataCorrupted(let context):
            self = .malformed(field: "the request", expected: "JSON", found: context.debugDescription)
        @unknown default:
            self = .malformed(field: "the request", expected: "event selectors in JSON", found: "\(error)")
        }
    }
}
