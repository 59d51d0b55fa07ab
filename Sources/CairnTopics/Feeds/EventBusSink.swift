package import CairnFormat
package import CairnRemote
package import CairnSystem
import FoundationEssentials

/// An event bus of EventBridge, or of what speaks its API.
package struct EventBusSink: FeedSink {
    /// EventBridge's limits for one call (PutEvents).
    private static let batchByteCountMax = 262_144
    private static let batchCountMax = 10
    private static let attemptCountMax = 4
    private static let firstPause = Duration.milliseconds(100)
    private static let answerByteCountMax = 64 << 10

    private struct Reply: Decodable {
        struct Entry: Decodable {
            var eventID: String?
            var code: String?

            enum CodingKeys: String, CodingKey {
                case eventID = "EventId"
                case code = "ErrorCode"
            }
        }

        var entries: [Entry]

        enum CodingKeys: String, CodingKey { case entries = "Entries" }
    }

    private let bus: FeedDestination
    private let calls: SignedCalls
    private let time: any TimeSource

    package init(_ bus: FeedDestination, calls: SignedCalls, time: any TimeSource) {
        (self.bus, self.calls, self.time) = (bus, calls, time)
    }

    package func send(_ events: ArraySlice<[UInt8]>, of series: FeedSeries, at now: Int64) async -> FeedProgress {
        var progress = FeedProgress()
        var batch: [(event: BusEvent, record: [UInt8])] = []
        var byteCount = 0
        for (i, record) in zip(events.indices, events) {
            let event = BusEvent(record)
            guard let event, event.byteCount <= Self.batchByteCountMax else {
                progress.leaveOut(event == nil ? "no record of CloudTrail's form" : "larger than 256 KB")
                continue
            }
            if batch.count == Self.batchCountMax || byteCount + event.byteCount > Self.batchByteCountMax {
                progress.failure = await put(batch, &progress)
                if progress.failure != nil {
                    progress.rest += events[i...]
                    return progress
                }
                (batch, byteCount) = ([], 0)
            }
            batch.append((event, record))
            byteCount += event.byteCount
        }
        if !batch.isEmpty { progress.failure = await put(batch, &progress) }
        return progress
    }

    /// Puts a batch, and again what of it was not taken. Returns why some of it was not taken at all; that is the progress's rest.
    private func put(
        _ batch: [(event: BusEvent, record: [UInt8])], _ progress: inout FeedProgress
    ) async -> String? {
        var waiting = batch
        defer { progress.rest = waiting.map(\.record) }
        var last = ""
        for attempt in 0..<Self.attemptCountMax {
            if attempt > 0 {
                do { try await time.sleep(for: Self.firstPause * (1 << attempt)) } catch { return "stopped" }
            }
            let answer: SignedCalls.Answer
            do throws(SignedCalls.Unanswered) {
                answer = try await calls.call(
                    .json(version: "1.1", target: "AWSEvents.PutEvents"), body(waiting.map(\.event)),
                    region: bus.region.name,
                    limit: Self.answerByteCountMax)
            } catch { return "\(bus) cannot be reached: \(error.reason)" }
            guard answer.status == 200 else {
                let problem = ServiceProblem(answer.bytes)
                if ["ExpiredToken", "ExpiredTokenException"].contains(problem.type) { await calls.expireCredentials() }
                return
                    "\(bus) answers with status \(answer.status) \(problem.type.prefix(100)): check that it is there, and that "
                    + "these credentials may events:PutEvents"
            }
            guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(answer.bytes)),
                reply.entries.count == waiting.count
            else { return "\(calls.endpoint.text) answers with what is no answer of EventBridge" }
            var again: [(event: BusEvent, record: [UInt8])] = []
            for (one, entry) in zip(waiting, reply.entries) {
                guard let code = entry.code, !code.isEmpty else { continue }
                if Self.isForGood(code) {
                    progress.leaveOut("refused: \(code.prefix(100))")
                } else {
                    again.append(one)
                    last = code
                }
            }
            waiting = again
            if again.isEmpty { return nil }
        }
        return "\(bus) did not take \(waiting.count) of \(batch.count) events: \(last.prefix(100))"
    }

    /// Whether the same event would be refused again. EventBridge lets nobody else speak as a service of AWS's.
    private static func isForGood(_ code: String) -> Bool {
        [
            "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException", "InvalidArgument",
            "MalformedDetail", "InvalidDetail", "ValidationException",
        ].contains(code)
    }

    private func body(_ events: [BusEvent]) -> [UInt8] {
        var body = Array("{\"Entries\":[".utf8)
        for (i, event) in events.enumerated() {
            if i > 0 { body.append(UInt8(ascii: ",")) }
            let head =
                "{\"Time\":\(event.seconds),\"Source\":\(JSONText.quoted(event.source)),\"DetailType\":"
                + "\(JSONText.quoted(event.detailType)),\"Resources\":[],\"EventBusName\":\(JSONText.quoted(bus.name)),\"Detail\":"
            body += Array(head.utf8)
            JSONText.appendQuoted(event.detail, to: &body)
            body.append(UInt8(ascii: "}"))
        }
        body += Array("]}".utf8)
        return body
    }
}
