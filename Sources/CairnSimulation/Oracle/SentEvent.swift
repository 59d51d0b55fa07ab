import CairnFormat

/// An event as a sender made it, and what became of it.
struct SentEvent: Sendable {
    enum Kind: Sendable, CaseIterable {
        case write
        case read
        /// A data event of S3.
        case object
    }

    /// Stands in every event: where it is found in clear on a disk, something was not encrypted.
    static let mark = "in-clear-4f1c"

    let id: String
    let region: Region
    let kind: Kind
    let text: String
    private let leavesOut: Bool
    /// When it was sent first, as uptime.
    var sentAt: Duration?
    /// The same of the last time.
    var lastSentAt: Duration?
    /// When it was known to be durable.
    var acknowledgedAt: Duration?

    init(id: String, account: AccountID, region: Region, kind: Kind, padding: Int, leavesOut: Bool) {
        (self.id, self.region, self.kind, self.leavesOut) = (id, region, kind, leavesOut)
        let source =
            switch kind {
            case .write:
                #""eventSource":"ec2.amazonaws.com","eventName":"RunInstances","readOnly":false,"managementEvent":true,"eventCategory":"Management""#
            case .read:
                #""eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","readOnly":true,"managementEvent":true,"eventCategory":"Management""#
            case .object:
                #""eventSource":"s3.amazonaws.com","eventName":"GetObject","readOnly":true,"managementEvent":false,"eventCategory":"Data","resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::somebody/a"}]"#
            }
        // What the door fills in where it is missing.
        let rest = leavesOut ? "" : #","eventVersion":"1.11","eventType":"AwsApiCall""#
        text =
            #"{"eventTime":"2026-03-01T10:12:44Z",\#(source),"eventID":"\#(id)","awsRegion":"\#(region)","#
            + #""recipientAccountId":"\#(account)"\#(rest),"note":"\#(Self.mark)\#(String(repeating: "~", count: padding))"}"#
    }

    /// Whether a record that was delivered is this event: its bytes, and behind them what was filled in, if anything was to be.
    func isDelivered(as record: String) -> Bool {
        record == (leavesOut ? text.dropLast() + #","eventType":"AwsApiCall","eventVersion":"1.11"}"# : text[...])
    }
}
