import CairnCatalog
package import CairnFormat
import CairnNative
package import CairnSystem
package import CairnTopics
import HTTPTypes
import Hummingbird
import NIOCore

/// The embedded queues as SQS's consumers see them. Messages come in the envelope that SNS puts around its notices.
package struct QueuePort: Sendable {
    private static let xmlSpace = "http://queue.amazonaws.com/doc/2012-11-05/"
    private static let waitSecondsMax = 20
    private static let visibilitySecondsMax = 43_200
    /// How often a call that waits looks again.
    private static let pollInterval = Duration.milliseconds(200)

    private let queues: QueueService
    private let time: any TimeSource
    private let region: Region
    private let account: AccountID
    /// What the URLs of queues begin with.
    private let scheme: String

    /// - Parameters:
    ///   - region: where queues and topics are said to be.
    ///   - account: whose they are said to be.
    ///   - scheme: how clients reach this port: `https`, or `http`.
    package init(queues: QueueService, time: any TimeSource, region: Region, account: AccountID, scheme: String) {
        (self.queues, self.time, self.region, self.account, self.scheme) = (queues, time, region, account, scheme)
    }

    func answer(_ request: ServiceRequest, _ caller: Caller) async throws(ServiceFailure) -> Response {
        let call = try QueueCall(request)
        try ReadRights(principal: caller.principal).check(.consume)
        guard caller.principal.accounts == nil else {
            throw ServiceFailure(
                403, "AccessDenied",
                "the principal '\(caller.principal.name)' is bound to accounts, and queues hold notices of all")
        }
        let base = "\(scheme)://\(request.header("host") ?? "localhost")/\(account)/"
        return response(try await perform(call, base: base), call, caller.requestID)
    }

    private func perform(_ call: QueueCall, base: String) async throws(ServiceFailure) -> QueueAnswer {
        switch call.operation {
        case "ListQueues": return try await list(call, base)
        case "GetQueueUrl": return try await url(call, base)
        case "GetQueueAttributes": return try await attributes(call)
        case "ReceiveMessage": return try await receive(call)
        case "DeleteMessage": return try await delete(call)
        case "DeleteMessageBatch":
            // All at once: a queue is one document, which is written for each change.
            var handles: [String] = []
            let answer = try await batch(call, "DeleteMessageBatch") { (_, entry) throws(ServiceFailure) in
                handles.append(try Self.handle(entry["ReceiptHandle"]))
            }
            try await delete(try name(call), handles)
            return answer
        case "ChangeMessageVisibility":
            let name = try name(call)
            try await hide(name, try Self.handle(call.text("ReceiptHandle")), call.text("VisibilityTimeout"))
            return .object([])
        case "ChangeMessageVisibilityBatch":
            return try await batch(call, "ChangeMessageVisibilityBatch") { (name, entry) throws(ServiceFailure) in
                try await hide(name, try Self.handle(entry["ReceiptHandle"]), entry["VisibilityTimeout"])
            }
        case "PurgeQueue":
            let name = try name(call)
            try await asking { () throws(TopicError) in try await queues.purge(name) }
            return .object([])
        default:
            throw ServiceFailure(
                400, "AWS.SimpleQueueService.UnsupportedOperation",
                "\(call.operation.prefix(64)) is not done here: queues are made with 'cairn queue create' and filled by delivery"
            )
        }
    }

    // MARK: Queues

    private func list(_ call: QueueCall, _ base: String) async throws(ServiceFailure) -> QueueAnswer {
        let prefix = call.text("QueueNamePrefix") ?? ""
        let names = try await asking { () throws(TopicError) in try await queues.queues().map(\.name) }
        let urls = names.filter { $0.hasPrefix(prefix) }.prefix(1_000).map { QueueAnswer.text(base + $0) }
        return urls.isEmpty ? .object([]) : .object([("QueueUrls", .list(urls, element: "QueueUrl"))])
    }

    private func url(_ call: QueueCall, _ base: String) async throws(ServiceFailure) -> QueueAnswer {
        let name = try Self.queueName(try call.required("QueueName"))
        _ = try await asking { () throws(TopicError) in try await queues.overview(name) }
        return .object([("QueueUrl", .text("\(base)\(name)"))])
    }

    private func attributes(_ call: QueueCall) async throws(ServiceFailure) -> QueueAnswer {
        let name = try name(call)
        let (queue, waiting) = try await asking { () throws(TopicError) in try await queues.overview(name) }
        let now = time.now.milliseconds
        let hidden = queue.open.count { $0.isHidden(at: now) }
        let all = [
            ("ApproximateNumberOfMessages", String(waiting + UInt64(queue.open.count - hidden))),
            ("ApproximateNumberOfMessagesDelayed", "0"), ("ApproximateNumberOfMessagesNotVisible", String(hidden)),
            ("DelaySeconds", "0"), ("MaximumMessageSize", "262144"), ("MessageRetentionPeriod", "1209600"),
            ("QueueArn", "arn:\(region.partition):sqs:\(region):\(account):\(name)"),
            ("ReceiveMessageWaitTimeSeconds", "0"), ("VisibilityTimeout", String(queue.visibilityMilliseconds / 1_000)),
        ]
        let wanted = Set(call.names("AttributeNames"))
        let shown = wanted.contains("All") ? all : all.filter { wanted.contains($0.0) }
        return .object([("Attributes", .map(shown.map { (name: $0.0, value: $0.1) }, element: "Attribute"))])
    }

    // MARK: Messages

    private func receive(_ call: QueueCall) async throws(ServiceFailure) -> QueueAnswer {
        let name = try name(call)
        let count = try call.number("MaxNumberOfMessages", in: 1...10) ?? 1
        let wait = try call.number("WaitTimeSeconds", in: 0...Self.waitSecondsMax) ?? 0
        let visibility = try call.number("VisibilityTimeout", in: 0...Self.visibilitySecondsMax).map {
            Duration.seconds($0)
        }
        let deadline = time.uptime + .seconds(wait)
        let topic = try await asking { () throws(TopicError) in try await queues.overview(name).queue.topic }
        var messages: [QueueMessage] = []
        while true {
            messages = try await asking { () throws(TopicError) in
                try await queues.receive(name, count: count, visibility: visibility)
            }
            guard messages.isEmpty, time.uptime < deadline else { break }
            // Whoever asked may be gone, or the node ends.
            do { try await time.sleep(for: Self.pollInterval) } catch { break }
        }
        let names = Set(call.names("AttributeNames") + call.names("MessageSystemAttributeNames"))
        let arn = NoticeEnvelope.topicARN(topic.text, region: region, account: account)
        // As SQS: no member at all when there is nothing.
        guard !messages.isEmpty else { return .object([]) }
        return .object([("Messages", .list(messages.map { Self.message($0, arn, names) }, element: "Message"))])
    }

    private static func message(_ message: QueueMessage, _ topicARN: String, _ names: Set<String>) -> QueueAnswer {
        let body = NoticeEnvelope(
            topicARN: topicARN, messageID: message.id, message: message.message, time: message.sentAt
        ).json
        var members: [(name: String, value: QueueAnswer)] = [
            ("MessageId", .text(message.id.text)), ("ReceiptHandle", .text(message.handle)),
            ("MD5OfBody", .text(MD5.hex(Array(body.utf8)))), ("Body", .text(body)),
        ]
        let attributes = [
            (name: "ApproximateReceiveCount", value: String(message.receiveCount)),
            (name: "SenderId", value: "cairn"), (name: "SentTimestamp", value: String(message.sentAt)),
        ].filter { names.contains("All") || names.contains($0.name) }
        if !attributes.isEmpty { members.append(("Attributes", .map(attributes, element: "Attribute"))) }
        return .object(members)
    }

    private func delete(_ call: QueueCall) async throws(ServiceFailure) -> QueueAnswer {
        try await delete(try name(call), [try Self.handle(call.text("ReceiptHandle"))])
        return .object([])
    }

    private func delete(_ name: TopicName, _ handles: [String]) async throws(ServiceFailure) {
        try await asking { () throws(TopicError) in
            do throws(TopicError) { try await queues.acknowledge(name, handles) } catch .staleHandle {
                // Deleted already, or handed out anew: as SQS, whoever holds the newest handle deletes it.
            }
        }
    }

    private func hide(_ name: TopicName, _ handle: String, _ seconds: String?) async throws(ServiceFailure) {
        guard let seconds = seconds.flatMap({ Int($0) }), (0...Self.visibilitySecondsMax).contains(seconds) else {
            throw ServiceFailure(
                400, "InvalidParameterValue",
                "VisibilityTimeout: expected a number from 0 to \(Self.visibilitySecondsMax)")
        }
        try await asking { () throws(TopicError) in try await queues.hide(name, handle, for: .seconds(seconds)) }
    }

    private func batch(
        _ call: QueueCall, _ operation: String,
        _ act: (TopicName, [String: String]) async throws(ServiceFailure) -> Void
    ) async throws(ServiceFailure) -> QueueAnswer {
        let name = try name(call)
        var (done, failed): ([QueueAnswer], [QueueAnswer]) = ([], [])
        for entry in try call.entries("\(operation)RequestEntry") {
            let id = entry["Id"] ?? ""
            do throws(ServiceFailure) {
                try await act(name, entry)
                done.append(.object([("Id", .text(id))]))
            } catch {
                failed.append(
                    .object([
                        ("Id", .text(id)), ("SenderFault", .flag(error.status < 500)), ("Code", .text(error.code)),
                        ("Message", .text(error.message)),
                    ]))
            }
        }
        return .object([
            ("Successful", .list(done, element: "\(operation)ResultEntry")),
            ("Failed", .list(failed, element: "BatchResultErrorEntry")),
        ])
    }

    // MARK: Names

    /// The queue that a call's URL ends in.
    private func name(_ call: QueueCall) throws(ServiceFailure) -> TopicName {
        let url = try call.required("QueueUrl")
        return try Self.queueName(url.split(separator: "/").last.map(String.init) ?? "")
    }

    private static func queueName(_ text: String) throws(ServiceFailure) -> TopicName {
        guard let name = try? TopicName(text) else { throw missing("there is no queue '\(text.prefix(80))'") }
        return name
    }

    private static func handle(_ text: String?) throws(ServiceFailure) -> String {
        guard let text, (try? UniqueID(text)) != nil else {
            throw ServiceFailure(
                404, "ReceiptHandleIsInvalid",
                "ReceiptHandle: expected one that ReceiveMessage gave, found '\((text ?? "").prefix(64))'")
        }
        return text
    }

    private static func missing(_ message: String) -> ServiceFailure {
        ServiceFailure(400, "AWS.SimpleQueueService.NonExistentQueue", message)
    }

    // MARK: Failures and answers

    private func asking<Found: Sendable>(
        _ body: () async throws(TopicError) -> Found
    ) async throws(ServiceFailure) -> Found {
        do throws(TopicError) { return try await body() } catch {
            switch error {
            case .noSuchQueue, .badName: throw Self.missing(error.description)
            case .staleHandle:
                throw ServiceFailure(400, "AWS.SimpleQueueService.MessageNotInflight", error.description)
            default: throw ServiceFailure(503, "ServiceUnavailable", error.description)
            }
        }
    }

    private func response(_ answer: QueueAnswer, _ call: QueueCall, _ id: UniqueID) -> Response {
        guard call.isQuery else { return Self.text(answer.json, contentType: "application/x-amz-json-1.0", id) }
        let result = answer.xml.isEmpty ? "" : "<\(call.operation)Result>\(answer.xml)</\(call.operation)Result>"
        return Self.text(
            "<?xml version=\"1.0\"?><\(call.operation)Response xmlns=\"\(Self.xmlSpace)\">\(result)"
                + "<ResponseMetadata><RequestId>\(id)</RequestId></ResponseMetadata></\(call.operation)Response>",
            contentType: "text/xml", id)
    }

    func refusal(_ failure: ServiceFailure, isQuery: Bool, _ id: UniqueID) -> Response {
        let fault = failure.status < 500 ? "Sender" : "Receiver"
        let status = HTTPResponse.Status(code: failure.status)
        guard !isQuery else {
            return Self.text(
                "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"\(Self.xmlSpace)\"><Error><Type>\(fault)</Type>"
                    + "<Code>\(failure.code)</Code><Message>\(ObjectDocument.escaped(failure.message))</Message></Error>"
                    + "<RequestId>\(id)</RequestId></ErrorResponse>",
                contentType: "text/xml", id, status: status)
        }
        // The JSON protocol has names of its own for some; the others stand in a header.
        let shape =
            switch failure.code {
            case "AWS.SimpleQueueService.NonExistentQueue": "QueueDoesNotExist"
            default: failure.code.split(separator: ".").last.map(String.init) ?? failure.code
            }
        var response = Self.text(
            "{\"__type\":\"com.amazonaws.sqs#\(shape)\",\"message\":\(JSONText.quoted(failure.message))}",
            contentType: "application/x-amz-json-1.0", id, status: status)
        if let name = HTTPField.Name("x-amzn-query-error") { response.headers[name] = "\(failure.code);\(fault)" }
        return response
    }

    private static func text(
        _ text: String, contentType: String, _ id: UniqueID, status: HTTPResponse.Status = .ok
    ) -> Response {
        var response = Response(
            status: status, headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        if let name = HTTPField.Name("x-amzn-requestid") { response.headers[name] = id.text }
        return response
    }
}
