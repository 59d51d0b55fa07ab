import CairnFormat
import CairnTopics
import Synchronization

/// Somebody elsewhere to whom a trail sends its events one by one.
final class Listener: Sendable {
    /// The destination that the trail names.
    static let destination = (try? FeedDestination("arn:aws:logs:us-east-1:111122223333:log-group:listener:*"))!
    /// The trail that names it.
    static let trail = "second"

    private let state = Mutex<[String: Int]>([:])

    /// How often each event was taken, by id.
    var taken: [String: Int] { state.withLock { $0 } }

    func take(_ event: [UInt8]) {
        let text = String(decoding: event, as: UTF8.self)
        guard let id = LogFileOpener.Opened.member("eventID", of: text) else { return }
        state.withLock { $0[id, default: 0] += 1 }
    }
}
