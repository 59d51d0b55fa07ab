package import CairnDocuments
package import CairnLog

/// What can go wrong with topics and queues.
package indirect enum TopicError: Error, Sendable, CustomStringConvertible {
    case log(LogError)
    case documents(DocumentError)
    case noSuchQueue(String)
    case queueExists(String)
    case badName(String)
    case staleHandle(String)
    case damaged(queue: String, reason: String)
    case contended(queue: String)
    case badDestination(String, expected: String)
    case noSuchSubscription(topic: String, name: String)
    case subscriptionExists(topic: String, name: String)
    case tooManySubscriptions(limit: Int)
    /// Nothing was taken, and may be later: whoever should take it is away, or does not let us in.
    case away(String)
    /// These were taken; of the others none was, and they may be later.
    case partly(taken: [LogID], reason: String)
    /// Some notices were not taken, and would not be if they came again just like that; all others were.
    case refused([LogID], reason: String)

    package var description: String {
        switch self {
        case .log(let error): error.description
        case .documents(let error): error.description
        case .noSuchQueue(let name):
            "there is no queue '\(name)': list them with 'cairn queue list', make one with 'cairn queue create'"
        case .queueExists(let name): "there is a queue '\(name)' already"
        case .badName(let name):
            "'\(name)' is no name of a topic or queue: expected up to 256 of A-Z a-z 0-9 _ -, a queue's up to 80"
        case .staleHandle(let handle):
            "receipt '\(handle)' is not valid any more: the message was acknowledged, or became visible again and was received anew"
        case .damaged(let queue, let reason): "the state of queue '\(queue)' cannot be read: \(reason)"
        case .contended(let queue): "queue '\(queue)' was changed by others too often: try again"
        case .badDestination(let text, let expected): "'\(text)' is nothing that notices go to: expected \(expected)"
        case .noSuchSubscription(let topic, let name):
            "topic '\(topic)' has no subscription '\(name)': list them with 'cairn topics list'"
        case .subscriptionExists(let topic, let name): "topic '\(topic)' has a subscription '\(name)' already"
        case .tooManySubscriptions(let limit): "there are \(limit) subscriptions, and no more are taken: remove one"
        case .away(let reason), .partly(_, let reason): reason
        case .refused(let ids, let reason): "\(ids.count) notices are refused: \(reason)"
        }
    }
}
