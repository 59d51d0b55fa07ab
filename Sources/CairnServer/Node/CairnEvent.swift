import CairnFormat

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
}
