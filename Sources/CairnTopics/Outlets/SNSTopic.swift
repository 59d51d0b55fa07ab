import CairnFormat
import CairnNative
package import CairnRemote
import FoundationEssentials

/// A topic of SNS. In a FIFO topic the order of each lane is kept, and what comes twice is there once.
package struct SNSTopic: Topic {
    private static let version = "2010-03-31"
    private static let answerByteCountMax = 256 << 10

    private let arn: AbroadARN
    private let calls: SignedCalls

    package init(_ arn: AbroadARN, calls: SignedCalls) { (self.arn, self.calls) = (arn, calls) }

    package func publish(_ notices: [TopicNotice]) async throws(TopicError) {
        var fields = [("Action", "PublishBatch"), ("Version", Self.version), ("TopicArn", arn.description)]
        for (i, notice) in notices.enumerated() {
            let entry = "PublishBatchRequestEntries.member.\(i + 1)"
            fields += [("\(entry).Id", String(i)), ("\(entry).Message", notice.message)]
            if arn.isFIFO {
                fields += [
                    ("\(entry).MessageGroupId", notice.groupID),
                    ("\(entry).MessageDeduplicationId", notice.messageID.text),
                ]
            }
        }
        let body = fields.map { $0 + "=" + SigV4Request.encoded($1, keepsSlash: false) }.joined(separator: "&")
        let answer: SignedCalls.Answer
        do throws(SignedCalls.Unanswered) {
            answer = try await calls.call(
                .query, Array(body.utf8), region: arn.region.name, limit: Self.answerByteCountMax)
        } catch { throw .away("\(arn) cannot be reached: \(error.reason)") }
        guard let document = try? XMLReader.read(answer.bytes) else {
            throw .away("\(calls.endpoint.text) answers for \(arn) with status \(answer.status) and no document of SNS")
        }
        guard answer.status == 200, let result = document["PublishBatchResult"] else {
            throw await problem(answer.status, document, notices)
        }
        let failed = (result["Failed"]?.all("member") ?? []).map { member in
            BatchFailure(
                index: Int(member["Id"]?.text ?? ""), code: member["Code"]?.text ?? "",
                isSendersFault: member["SenderFault"]?.text == "true")
        }
        let done = (result["Successful"]?.all("member") ?? []).compactMap { Int($0["Id"]?.text ?? "") }
        try BatchFailure.check(failed, done: done, notices, place: arn.description)
    }

    private func problem(_ status: Int, _ document: XMLElement, _ notices: [TopicNotice]) async -> TopicError {
        let code = (document["Error"]?["Code"]?.text ?? "").prefix(100)
        if ["ExpiredToken", "ExpiredTokenException"].contains(code) { await calls.expireCredentials() }
        // What is in the notices is no reason to hold others up; all else is about who asks, or whom.
        if ["InvalidParameter", "InvalidParameterValue", "BatchRequestTooLong"].contains(code) {
            return .refused(notices.map(\.id), reason: "\(arn) answers \(code)")
        }
        return .away(
            "\(arn) answers with status \(status) \(code): check that it is there and that its policy lets these credentials "
                + "publish")
    }
}
