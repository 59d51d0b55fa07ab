package import CairnFormat
package import CairnRemote
import FoundationEssentials
import Synchronization

/// A log group of CloudWatch Logs, or of what speaks its API: a stream for each account and Region, an event of the log for each
/// event (reference 4.6).
package final class LogGroupSink: FeedSink {
    /// CloudWatch Logs' limits for one call (PutLogEvents), and CloudTrail's for one event.
    private static let eventOverhead = 26
    private static let eventByteCountMax = 262_144
    private static let batchByteCountMax = 1_048_576
    private static let batchCountMax = 10_000
    private static let answerByteCountMax = 64 << 10

    private struct Reply: Decodable {
        struct Rejected: Decodable {
            var tooNewLogEventStartIndex: Int?
            var tooOldLogEventEndIndex: Int?
            var expiredLogEventEndIndex: Int?
        }

        var nextSequenceToken: String?
        var expectedSequenceToken: String?
        var rejectedLogEventsInfo: Rejected?
    }

    /// What came of one call.
    private enum Outcome {
        case done
        /// The same events in smaller calls may be taken; a single one never is.
        case unacceptable(String)
        case failed(String)
    }

    private let group: FeedDestination
    private let calls: SignedCalls
    /// What the next call of a stream says, for services that ask for it.
    private let tokens = Mutex<[String: String]>([:])

    package init(_ group: FeedDestination, calls: SignedCalls) { (self.group, self.calls) = (group, calls) }

    package func send(_ events: ArraySlice<[UInt8]>, of series: FeedSeries, at now: Int64) async -> FeedProgress {
        var progress = FeedProgress()
        var start = events.startIndex
        while start < events.endIndex {
            if events[start].count + Self.eventOverhead > Self.eventByteCountMax {
                progress.leaveOut("larger than 256 KB")
                start += 1
                continue
            }
            let end = Self.batchEnd(events, from: start)
            if let failure = await put(events[start..<end], series.stream, at: now, &progress) {
                progress.failure = failure
                progress.rest += events[end...]
                return progress
            }
            start = end
        }
        return progress
    }

    private static func batchEnd(_ events: ArraySlice<[UInt8]>, from start: Int) -> Int {
        var (end, byteCount) = (start, 0)
        while end < events.endIndex, end - start < batchCountMax {
            let size = events[end].count + eventOverhead
            guard size <= eventByteCountMax, byteCount + size <= batchByteCountMax else { break }
            byteCount += size
            end += 1
        }
        return end
    }

    /// Puts events, in halves if they are not taken together. Returns why it came no further; what is left is the progress's rest.
    private func put(
        _ events: ArraySlice<[UInt8]>, _ stream: String, at now: Int64, _ progress: inout FeedProgress
    ) async -> String? {
        switch await call(events, stream, at: now) {
        case .done: break
        case .failed(let reason):
            progress.rest = Array(events)
            return reason
        case .unacceptable(let reason):
            guard events.count > 1 else {
                progress.leaveOut(reason)
                return nil
            }
            let middle = events.startIndex + events.count / 2
            if let failure = await put(events[..<middle], stream, at: now, &progress) {
                progress.rest += events[middle...]
                return failure
            }
            return await put(events[middle...], stream, at: now, &progress)
        }
        return nil
    }

    private func call(_ events: ArraySlice<[UInt8]>, _ stream: String, at now: Int64) async -> Outcome {
        // One for a stream that is not there, one for a token that is another.
        for _ in 0..<4 {
            let answer: SignedCalls.Answer
            do throws(SignedCalls.Unanswered) {
                answer = try await calls.call(
                    .json(version: "1.1", target: "Logs_20140328.PutLogEvents"), body(events, stream, at: now),
                    region: group.region.name, limit: Self.answerByteCountMax)
            } catch { return .failed("\(group) cannot be reached: \(error.reason)") }
            let reply = try? JSONDecoder().decode(Reply.self, from: Data(answer.bytes))
            if answer.status == 200 {
                guard let reply else { return .failed("\(calls.endpoint.text) answers with what is no answer of Logs") }
                note(reply.nextSequenceToken, stream)
                if let rejected = reply.rejectedLogEventsInfo,
                    rejected.tooNewLogEventStartIndex != nil || rejected.tooOldLogEventEndIndex != nil
                        || rejected.expiredLogEventEndIndex != nil
                {
                    return .failed(
                        "\(group) refuses events for their time, which is now: compare its clock and this one's")
                }
                return .done
            }
            let problem = ServiceProblem(answer.bytes)
            switch problem.type {
            case "DataAlreadyAcceptedException":
                note(reply?.expectedSequenceToken, stream)
                return .done
            case "InvalidSequenceTokenException": note(reply?.expectedSequenceToken, stream)
            case "ResourceNotFoundException": if let failure = await make(stream) { return .failed(failure) }
            case "InvalidParameterException": return .unacceptable("refused: \(problem.type)")
            default:
                if answer.status == 413 { return .unacceptable("refused: status 413") }
                if ["ExpiredToken", "ExpiredTokenException"].contains(problem.type) { await calls.expireCredentials() }
                return .failed(Self.said(group, answer.status, problem.type))
            }
        }
        return .failed("\(group) asks for another sequence token again and again: somebody else writes to \(stream)")
    }

    private func note(_ token: String?, _ stream: String) { tokens.withLock { $0[stream] = token } }

    /// Makes a stream. Returns why it cannot be made.
    private func make(_ stream: String) async -> String? {
        let body = "{\"logGroupName\":\(JSONText.quoted(group.name)),\"logStreamName\":\(JSONText.quoted(stream))}"
        do throws(SignedCalls.Unanswered) {
            let answer = try await calls.call(
                .json(version: "1.1", target: "Logs_20140328.CreateLogStream"), Array(body.utf8),
                region: group.region.name, limit: Self.answerByteCountMax)
            let type = ServiceProblem(answer.bytes).type
            if answer.status == 200 || type == "ResourceAlreadyExistsException" { return nil }
            if type == "ResourceNotFoundException" { return "\(group) does not exist: make the log group" }
            return Self.said(group, answer.status, type)
        } catch { return "\(group) cannot be reached: \(error.reason)" }
    }

    private static func said(_ group: FeedDestination, _ status: Int, _ type: String) -> String {
        "\(group) answers with status \(status) \(type.prefix(100)): check that it is there, and that these credentials may "
            + "logs:CreateLogStream and logs:PutLogEvents"
    }

    private func body(_ events: ArraySlice<[UInt8]>, _ stream: String, at now: Int64) -> [UInt8] {
        var body = Array(
            "{\"logGroupName\":\(JSONText.quoted(group.name)),\"logStreamName\":\(JSONText.quoted(stream)),".utf8)
        if let token = tokens.withLock({ $0[stream] }) {
            body += Array("\"sequenceToken\":\(JSONText.quoted(token)),".utf8)
        }
        body += Array("\"logEvents\":[".utf8)
        for (i, event) in events.enumerated() {
            if i > 0 { body.append(UInt8(ascii: ",")) }
            body += Array("{\"timestamp\":\(now),\"message\":".utf8)
            JSONText.appendQuoted(event, to: &body)
            body.append(UInt8(ascii: "}"))
        }
        body += Array("]}".utf8)
        return body
    }
}
