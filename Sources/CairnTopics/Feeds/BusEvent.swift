import CairnFormat
import FoundationEssentials

/// An event as EventBridge has it (reference 4.7).
struct BusEvent {
    private struct Record: Decodable {
        var eventSource: String?
        var eventType: String?
        var eventTime: String?
        var eventCategory: String?
    }

    /// The service that the event is of: `aws.ec2` for `ec2.amazonaws.com`, else as the record says.
    let source: String
    let detailType: String
    let seconds: Int64
    let detail: [UInt8]

    /// Nil when the bytes are no record.
    init?(_ record: [UInt8]) {
        guard let found = try? JSONDecoder().decode(Record.self, from: Data(record)),
            let time = found.eventTime.flatMap({ EventTime(iso8601: $0.utf8) })
        else { return nil }
        detail = record
        seconds = time.seconds
        let suffix = ".amazonaws.com"
        let service = found.eventSource ?? ""
        switch (found.eventCategory, found.eventType) {
        case ("Insight", _): (detailType, source) = ("AWS Insight via CloudTrail", "aws.cloudtrail")
        case ("NetworkActivity", _):
            (detailType, source) = ("AWS Network Activity Event via CloudTrail", Self.source(service, suffix))
        case (_, "AwsConsoleSignIn"): (detailType, source) = ("AWS Console Signin via CloudTrail", "aws.signin")
        case (_, "AwsConsoleAction"):
            (detailType, source) = ("AWS Console Action via CloudTrail", Self.source(service, suffix))
        case (_, "AwsServiceEvent"):
            (detailType, source) = ("AWS Service Event via CloudTrail", Self.source(service, suffix))
        default: (detailType, source) = ("AWS API Call via CloudTrail", Self.source(service, suffix))
        }
    }

    private static func source(_ service: String, _ suffix: String) -> String {
        service.hasSuffix(suffix) ? "aws." + service.dropLast(suffix.count) : service
    }

    /// What counts for EventBridge's limit.
    var byteCount: Int { 14 + source.utf8.count + detailType.utf8.count + detail.count }
}
