import CairnCatalog
package import CairnFormat
import CairnSystem

/// A call as CloudTrail records one (reference 2): who asked what of whom, from where, when, and what came of it.
///
/// Its event id is the request's, so that a record that is written down again is known for the same.
package struct CallRecord: Sendable, Equatable {
    private static let userAgentByteCountMax = 1_024
    private static let messageByteCountMax = 1_024
    /// What has more bytes is left out (reference 2.2).
    private static let partByteCountMax = 100 << 10

    package let eventID: UniqueID
    package let isReadOnly: Bool
    private let call: APICall
    /// Whose call it is.
    package var account: AccountID { call.account }
    private let service: APIService
    private let operation: String
    /// What brings events in is a data event, as in CloudTrail: who takes management events gets no event for each of them.
    private let isData: Bool
    private let request: StrictJSON
    private var response: StrictJSON?
    private var error: (code: String, message: String)?

    /// - Parameters:
    ///   - operation: nil: there is none of the name that was asked for.
    ///   - request: the members that were sent; what is no object is not shown, and events that come in are not either.
    init(_ call: APICall, _ operation: Operation?, of service: APIService, _ request: StrictJSON) {
        (self.call, self.service, self.operation) = (call, service, operation?.name ?? "UnknownOperation")
        isReadOnly = operation?.access.isReadOnly ?? true
        isData = operation?.access == .write
        // Of what nobody knows nothing is told: a name in other letters must not pass for the one that counted.
        let known = (operation?.members ?? []).filter { $0.name != "auditEvents" }
        self.request = KnownMembers.of(request, known, renamed: true)
        eventID = call.requestID
    }

    /// The same, with what came of it. Answers to reads are not recorded, as CloudTrail does not.
    func with(_ answer: CloudTrailService.Answer) -> CallRecord {
        var record = self
        switch answer {
        case .success(let members): if !isReadOnly, !isData { record.response = members }
        case .failure(let failure): record.error = (failure.code, failure.message)
        }
        return record
    }

    /// The event of a call that nobody knows the end of, because the process that did it ended.
    package var abandoned: CallRecord {
        var record = self
        record.error = (
            "InternalFailure", "the node ended before the call was answered: what it changed, if anything, is in force"
        )
        return record
    }

    /// One event, as JSON.
    package var json: String {
        var members: [(name: String, value: StrictJSON)] = [
            ("eventVersion", .string("1.11")), ("userIdentity", identity),
            ("eventTime", .string(EventTime(seconds: call.time.seconds).description)),
            ("eventSource", .string(service.source)), ("eventName", .string(operation)),
            ("awsRegion", .string(call.region.name)), ("sourceIPAddress", .string(call.peer)),
            ("userAgent", .string(Self.cut(call.userAgent, Self.userAgentByteCountMax))),
        ]
        if let error {
            members.append(("errorCode", .string(error.code)))
            members.append(("errorMessage", .string(Self.cut(error.message, Self.messageByteCountMax))))
        }
        members += [
            ("requestParameters", Self.recorded(request)),
            ("responseElements", response.map { Self.recorded(Self.renamed($0)) } ?? .null),
            ("requestID", .string(call.requestID.text)), ("eventID", .string(eventID.text)),
            ("readOnly", .bool(isReadOnly)), ("eventType", .string("AwsApiCall")), ("managementEvent", .bool(!isData)),
            ("recipientAccountId", .string(call.account.description)),
            ("eventCategory", .string(isData ? "Data" : "Management")),
        ]
        if let channel = call.notes.channel {
            let resource = StrictJSON.object([
                ("accountId", .string(channel.account.description)), ("type", .string("AWS::CloudTrail::Channel")),
                ("ARN", .string(channel.arn)),
            ])
            members.append(("resources", .array([resource])))
        }
        return StrictJSON.object(members).json
    }

    private var identity: StrictJSON {
        .object([
            ("type", .string("IAMUser")), ("principalId", .string(call.principal.id)), ("arn", .string(call.arn)),
            ("accountId", .string(call.account.description)), ("accessKeyId", .string(call.principal.id)),
            ("userName", .string(call.principal.name)),
        ])
    }

    /// An empty object is none, and what is too large is left out.
    private static func recorded(_ json: StrictJSON) -> StrictJSON {
        guard case .object(let members) = json, !members.isEmpty else { return .null }
        return json.json.utf8.count > partByteCountMax ? .null : json
    }

    private static func renamed(_ json: StrictJSON) -> StrictJSON {
        switch json {
        case .object(let members): .object(members.map { (ShapeCheck.camel($0.name), renamed($0.value)) })
        case .array(let list): .array(list.map(renamed))
        default: json
        }
    }

    private static func cut(_ text: String, _ byteCountMax: Int) -> String {
        guard text.utf8.count > byteCountMax else { return text }
        var cut = text
        while cut.utf8.count > byteCountMax { cut.removeLast() }
        return cut
    }

    package static func == (a: CallRecord, b: CallRecord) -> Bool { a.json == b.json }
}
