import CairnFormat
import CairnNative
package import CairnRemote
import FoundationEssentials

/// A queue of SQS, which gets notices as from a topic that is subscribed to it. In a FIFO queue the order of each lane is kept,
/// and what comes twice is there once.
package struct SQSQueue: Topic {
    private struct Call: Encodable {
        struct Entry: Encodable {
            var id: String
            var body: String
            var group: String?
            var deduplication: String?

            enum CodingKeys: String, CodingKey {
                case id = "Id"
                case body = "MessageBody"
                case group = "MessageGroupId"
                case deduplication = "MessageDeduplicationId"
            }
        }

        var url: String
        var entries: [Entry]

        enum CodingKeys: String, CodingKey {
            case url = "QueueUrl"
            case entries = "Entries"
        }
    }

    private struct Reply: Decodable {
        struct Entry: Decodable {
            var id: String
            var code: String?
            var isSendersFault: Bool?

            enum CodingKeys: String, CodingKey {
                case id = "Id"
                case code = "Code"
                case isSendersFault = "SenderFault"
            }
        }

        var successful: [Entry]?
        var failed: [Entry]?

        enum CodingKeys: String, CodingKey {
            case successful = "Successful"
            case failed = "Failed"
        }
    }

    private static let answerByteCountMax = 256 << 10

    private let arn: AbroadARN
    private let calls: SignedCalls
    private let topicARN: String?

    /// - Parameter topicARN: the topic that the messages' envelopes name; nil: they have none.
    package init(_ arn: AbroadARN, calls: SignedCalls, topicARN: String?) {
        (self.arn, self.calls, self.topicARN) = (arn, calls, topicARN)
    }

    package func publish(_ notices: [TopicNotice]) async throws(TopicError) {
        let url = "\(calls.endpoint.url(arn.region.name))\(arn.account)/\(arn.name)"
        let call = Call(
            url: url,
            entries: notices.enumerated().map { i, notice in
                Call.Entry(
                    id: String(i), body: body(notice), group: arn.isFIFO ? notice.groupID : nil,
                    deduplication: arn.isFIFO ? notice.messageID.text : nil)
            })
        guard let body = try? JSONEncoder().encode(call) else { throw .away("a call of SQS cannot be written") }
        let answer: SignedCalls.Answer
        do throws(SignedCalls.Unanswered) {
            answer = try await calls.call(
                .json(version: "1.0", target: "AmazonSQS.SendMessageBatch"), Array(body), region: arn.region.name,
                limit: Self.answerByteCountMax)
        } catch { throw .away("\(arn) cannot be reached: \(error.reason)") }
        guard answer.status == 200 else {
            let problem = ServiceProblem(answer.bytes)
            if ["ExpiredToken", "ExpiredTokenException"].contains(problem.type) { await calls.expireCredentials() }
            if ["InvalidMessageContents", "BatchRequestTooLong"].contains(problem.type) {
                throw .refused(notices.map(\.id), reason: "\(arn) answers \(problem.type)")
            }
            throw .away(
                "\(arn) answers with status \(answer.status) \(problem.type.prefix(100)): check that it is there and that its "
                    + "policy lets these credentials send")
        }
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(answer.bytes)) else {
            throw .away("\(calls.endpoint.text) answers for \(arn) with what is no answer of SQS")
        }
        let failed = (reply.failed ?? []).map {
            BatchFailure(index: Int($0.id), code: $0.code ?? "", isSendersFault: $0.isSendersFault ?? false)
        }
        try BatchFailure.check(
            failed, done: (reply.successful ?? []).compactMap { Int($0.id) }, notices, place: arn.description)
    }

    private func body(_ notice: TopicNotice) -> String {
        guard let topicARN else { return notice.message }
        return NoticeEnvelope(
            topicARN: topicARN, messageID: notice.messageID, message: notice.message, time: notice.at
        ).json
    }
}
