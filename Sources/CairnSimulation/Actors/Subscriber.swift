import CairnFormat
import CairnServer
import CairnTopics
import FoundationEssentials
import Synchronization

/// Somebody elsewhere to whom the topic's notices are passed on.
final class Subscriber: Sendable {
    private struct Message: Decodable {
        var s3Bucket: String
        var s3ObjectKey: [String]
    }

    private struct State {
        /// How often each file was announced.
        var taken: [String: Int] = [:]
        /// The newest cut that was announced, by lane.
        var newest: [Lane: Int64] = [:]
        var strange: [String] = []
    }

    private static let name = "elsewhere"

    private let state = Mutex(State())

    var taken: [String: Int] { state.withLock { $0.taken } }
    /// What it got that it must not get, in words.
    var strange: [String] { state.withLock { $0.strange } }

    /// Subscribes, before there is anything to announce.
    func subscribe(_ subscriptions: SubscriptionService) async throws(TopicError) {
        try await subscriptions.create(
            try TopicName(Self.name), topic: try TopicName(Establishing.topicName),
            to: try Destination("https://elsewhere.example/"))
    }

    /// Takes a notice.
    ///
    /// - Parameter isOrdered: whether the times of cuts tell the order in which a lane's files were announced.
    func take(_ notice: TopicNotice, isOrdered: Bool) {
        guard let message = try? JSONDecoder().decode(Message.self, from: Data(notice.message.utf8)) else {
            return state.withLock { $0.strange.append("a notice that says \(notice.message)") }
        }
        state.withLock { state in
            for key in message.s3ObjectKey {
                let file = "\(message.s3Bucket)/\(key)"
                let isFirst = state.taken[file] == nil
                state.taken[file, default: 0] += 1
                // A digest says when it was signed, not when a file was cut.
                guard isFirst, !key.contains("/CloudTrail-Digest/") else { continue }
                if isOrdered, let newest = state.newest[notice.lane], notice.at < newest {
                    state.strange.append("\(file) after a newer one of its lane")
                }
                state.newest[notice.lane] = max(state.newest[notice.lane] ?? 0, notice.at)
            }
        }
    }
}
