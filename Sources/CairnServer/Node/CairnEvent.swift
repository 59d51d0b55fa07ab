import CairnFormat
import CairnKeys
import CairnSystem

/// cairn's own events, in CloudTrail's record form: made by the service, not by a call (reference 2.10).
enum CairnEvent {
    /// - Parameter details: names and values of `serviceEventDetails`; values are JSON already.
    static func json(
        source: String,
        name: String,
        id: UniqueID,
        time: EventTime,
        account: AccountID,
        region: Region,
        details: [(name: String, value: String)]
    ) -> String {
        let list = details.map { "\(JSONText.quoted($0.name)):\($0.value)" }.joined(separator: ",")
        return "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"accountId\":\"\(account)\",\"invokedBy\":\"\(source)\"},"
            + "\"eventTime\":\"\(time)\",\"eventSource\":\"\(source)\",\"eventName\":\"\(name)\",\"awsRegion\":\"\(region)\","
            + "\"sourceIPAddress\":\"\(source)\",\"userAgent\":\"cairn\",\"requestParameters\":null,"
            + "\"responseElements\":null,\"eventID\":\"\(id)\",\"readOnly\":false,\"eventType\":\"AwsServiceEvent\",\"managementEvent\":true,"
            + "\"recipientAccountId\":\"\(account)\",\"serviceEventDetails\":{\(list)},\"eventCategory\":\"Management\"}"
    }

    /// What was done with keys. A call if a person made it, else an event of the service.
    static func json(_ event: KeyEvent, account: AccountID, region: Region) -> String {
        let source = "kms.cairn"
        let isCall = event.actor.kind == .operator
        let identity =
            isCall
            ? "{\"type\":\"Unknown\",\"principalId\":\(JSONText.quoted("operator:\(event.actor.name)")),"
                + "\"accountId\":\"\(account)\",\"userName\":\(JSONText.quoted(event.actor.name))}"
            : "{\"accountId\":\"\(account)\",\"invokedBy\":\"\(source)\"}"
        let parameters = event.parameters.sorted { $0.key < $1.key }.map {
            "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))"
        }
        let resources = event.resources.map {
            "{\"accountId\":\"\($0.account)\",\"type\":\"AWS::KMS::Key\",\"ARN\":\"\($0)\"}"
        }
        let time = EventTime(seconds: Timestamp(milliseconds: event.at).seconds)
        let details = parameters.isEmpty ? "null" : "{\(parameters.joined(separator: ","))}"
        return "{\"eventVersion\":\"1.11\",\"userIdentity\":\(identity),\"eventTime\":\"\(time)\","
            + "\"eventSource\":\"\(source)\",\"eventName\":\(JSONText.quoted(event.name)),\"awsRegion\":\"\(region)\","
            + "\"sourceIPAddress\":\"\(isCall ? "local" : source)\",\"userAgent\":\"cairn\","
            + "\"requestParameters\":\(isCall ? details : "null"),\"responseElements\":null,\"eventID\":\"\(event.id)\","
            + "\"readOnly\":\(event.isReadOnly),\"resources\":[\(resources.joined(separator: ","))],"
            + "\"eventType\":\"\(isCall ? "AwsApiCall" : "AwsServiceEvent")\",\"managementEvent\":true,"
            + "\"recipientAccountId\":\"\(account)\","
            + (isCall ? "" : "\"serviceEventDetails\":\(details),") + "\"eventCategory\":\"Management\"}"
    }
}
