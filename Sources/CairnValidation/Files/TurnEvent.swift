import CairnFormat
import CairnNative

/// An event of CloudTrail's own by which a trail stopped logging or validating, or began to: evidence of why a chain ended.
struct TurnEvent: Sendable, Equatable {
    /// The trail's name.
    let trail: String
    /// The trail's home Region: trails are changed nowhere else.
    let home: String
    /// The account that owns the trail, where the event says it.
    let owner: String?
    let at: EventTime
    let isStop: Bool

    /// Those among the records of a log file.
    static func all(in body: [UInt8]) -> [TurnEvent] {
        guard let records = try? LogFileReader.records(ofBody: body) else { return [] }
        return records.ranges.indices.compactMap { TurnEvent(records.record($0)) }
    }

    private init?(_ record: [UInt8]) {
        guard let event = try? StrictJSON.parse(record), event["eventSource"]?.text == "cloudtrail.amazonaws.com",
            event["errorCode"]?.text == nil, let name = event["eventName"]?.text,
            let time = event["eventTime"]?.text, let at = EventTime(iso8601: Array(time.utf8)),
            let region = event["awsRegion"]?.text, let parameters = event["requestParameters"],
            let trail = parameters["name"]?.text
        else { return nil }
        switch name {
        case "StopLogging", "DeleteTrail": isStop = true
        case "StartLogging": isStop = false
        case "UpdateTrail":
            guard case .bool(let validates) = parameters["enableLogFileValidation"] else { return nil }
            isStop = !validates
        default: return nil
        }
        if let arn = Scope.TrailID(arn: trail) {
            (self.trail, home, owner) = (arn.name, arn.home, arn.account)
        } else {
            (self.trail, home, owner) = (trail, region, nil)
        }
        self.at = at
    }
}
