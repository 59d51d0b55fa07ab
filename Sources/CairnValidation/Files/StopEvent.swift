import CairnFormat
import CairnNative

/// An event of CloudTrail's own by which a trail stopped logging or validating: evidence that a chain ended in order.
struct StopEvent: Sendable, Equatable {
    /// The trail's name.
    let trail: String
    let at: EventTime

    /// The stop events among the records of a log file.
    static func all(in body: [UInt8]) -> [StopEvent] {
        guard let records = try? LogFileReader.records(ofBody: body) else { return [] }
        return records.ranges.indices.compactMap { StopEvent(records.record($0)) }
    }

    private init?(_ record: [UInt8]) {
        guard let event = try? StrictJSON.parse(record), event["eventSource"]?.text == "cloudtrail.amazonaws.com",
            event["errorCode"]?.text == nil, let name = event["eventName"]?.text,
            let time = event["eventTime"]?.text, let at = EventTime(iso8601: Array(time.utf8)),
            let parameters = event["requestParameters"], let trail = parameters["name"]?.text
        else { return nil }
        switch name {
        case "StopLogging", "DeleteTrail": break
        case "UpdateTrail":
            guard parameters["enableLogFileValidation"] == .bool(false) else { return nil }
        default: return nil
        }
        // A name, or an ARN that ends in it.
        self.trail = trail.split(separator: "/").last.map(String.init) ?? trail
        self.at = at
    }
}
