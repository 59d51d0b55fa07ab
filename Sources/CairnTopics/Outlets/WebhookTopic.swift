import CairnFormat
import CairnLog
package import CairnNative
package import CairnRemote
package import CairnSystem

/// A webhook: each notice is one post, signed as Standard Webhooks 1.0 has it: the headers `webhook-id`, the same when a notice
/// comes again, `webhook-timestamp`, and `webhook-signature`, `v1,` and the base64 of HMAC-SHA-256 over id, time and body
/// joined by dots; one for each secret while secrets change.
package struct WebhookTopic: Topic {
    /// What stands before the base64 of a secret.
    package static let secretPrefix = "whsec_"

    private static let parallelism = 4

    private let url: WebhookURL
    private let keys: [KeyMaterial]
    private let calls: WebhookCalls
    private let time: any TimeSource

    /// - Parameter keys: what posts are signed with, one signature each; at least one.
    package init(_ url: WebhookURL, keys: [KeyMaterial], calls: WebhookCalls, time: any TimeSource) {
        (self.url, self.keys, self.calls, self.time) = (url, keys, calls, time)
    }

    package func publish(_ notices: [TopicNotice]) async throws(TopicError) {
        guard !keys.isEmpty else { throw .away("the webhook has no secret to sign with") }
        var (taken, refused): ([LogID], [LogID]) = ([], [])
        var (away, reason): (String?, String) = (nil, "")
        for (notice, posted) in zip(notices, await postAll(notices)) {
            let status: Int
            do throws(TopicError) { status = try posted.get() } catch {
                away = error.description
                continue
            }
            switch status {
            case 200...299: taken.append(notice.id)
            // About what was posted; all else is about the place.
            case 400, 413, 415, 422:
                refused.append(notice.id)
                reason = "\(url.host) answers with status \(status)"
            default: away = "\(url.host) answers with status \(status)"
            }
        }
        if let away { throw taken.isEmpty ? .away(away) : .partly(taken: taken, reason: away) }
        if !refused.isEmpty { throw .refused(refused, reason: reason) }
    }

    /// Posts notices, several at a time: one that is not answered holds the others up no longer than for its place.
    private func postAll(_ notices: [TopicNotice]) async -> [Result<Int, TopicError>] {
        await withTaskGroup(of: Posted.self) { group in
            var results = [Result<Int, TopicError>](
                repeating: .failure(.away("\(url.host): not posted")), count: notices.count)
            for (i, notice) in notices.enumerated() {
                if i >= Self.parallelism, let posted = await group.next() { results[posted.index] = posted.result }
                group.addTask { await posted(notice, i) }
            }
            for await posted in group { results[posted.index] = posted.result }
            return results
        }
    }

    private struct Posted: Sendable {
        var index: Int
        var result: Result<Int, TopicError>
    }

    private func posted(_ notice: TopicNotice, _ index: Int) async -> Posted {
        do throws(TopicError) { return Posted(index: index, result: .success(try await post(notice))) } catch {
            return Posted(index: index, result: .failure(error))
        }
    }

    private func post(_ notice: TopicNotice) async throws(TopicError) -> Int {
        let id = "msg_" + notice.messageID.text
        let seconds = String(time.now.seconds)
        let body = Array(notice.message.utf8)
        let headers = [
            (name: "content-type", value: "application/json"), (name: "user-agent", value: "cairn"),
            (name: "webhook-id", value: id), (name: "webhook-timestamp", value: seconds),
            (
                name: "webhook-signature",
                value: keys.map { Self.signature(id: id, seconds: seconds, body, by: $0) }.joined(separator: " ")
            ),
        ]
        do throws(WebhookCalls.Unanswered) { return try await calls.post(body, to: url, headers: headers) } catch {
            throw .away(error.description)
        }
    }

    /// `v1,` and base64.
    static func signature(id: String, seconds: String, _ body: [UInt8], by key: KeyMaterial) -> String {
        let code = HMAC.sha256(key: key.secret, Array("\(id).\(seconds).".utf8) + body)
        return "v1," + SecretText.openText(SecretText.base64(code))
    }
}
