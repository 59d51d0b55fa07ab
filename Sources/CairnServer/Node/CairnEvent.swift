import CairnCatalog
import CairnFormat
import CairnHTTP
import CairnKeys
import CairnObjects
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

    /// That somebody reads an encrypted file in clear: a data event, as S3 has it, so that who ships log files does not cause more
    /// of them.
    static func json(_ read: DecryptingRead, _ deployment: Deployment, at time: EventTime) -> String {
        let caller = read.caller
        let arn = "arn:\(deployment.homeRegion.partition):s3:::\(read.location)"
        func text(_ text: String) -> String { JSONText.quoted(text) }
        return
            "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"Unknown\",\"principalId\":\(text(caller.principal.id)),"
            + "\"accountId\":\"\(deployment.account)\",\"accessKeyId\":\(text(caller.principal.id)),"
            + "\"userName\":\(text(caller.principal.name))},\"eventTime\":\"\(time)\",\"eventSource\":\"s3.cairn\","
            + "\"eventName\":\"GetObject\",\"awsRegion\":\"\(deployment.homeRegion)\",\"sourceIPAddress\":\(text(caller.peer)),"
            + "\"userAgent\":\(text(caller.userAgent)),\"requestParameters\":{\"bucketName\":\(text(read.location.bucket.text)),"
            + "\"key\":\(text(read.location.key.text))},\"responseElements\":null,\"additionalEventData\":{\"keyVersion\":"
            + "\(text(read.keyVersion)),\"bytesTransferredOut\":\(read.byteCount)},\"requestID\":\"\(caller.requestID)\","
            + "\"eventID\":\"\(caller.requestID)\",\"readOnly\":true,\"resources\":[{\"type\":\"AWS::S3::Object\",\"ARN\":\(text(arn))"
            + (read.account.map { ",\"accountId\":\"\($0)\"" } ?? "")
            + "}],\"eventType\":\"AwsApiCall\",\"managementEvent\":false,"
            + "\"recipientAccountId\":\"\(deployment.account)\",\"eventCategory\":\"Data\"}"
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
