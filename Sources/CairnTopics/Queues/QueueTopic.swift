package import CairnLog

/// The embedded topic's part in one partition: a log of notices, which queues read.
package struct QueueTopic: Topic {
    private let log: any EventLog

    /// - Parameter log: written by the partition's owner alone.
    package init(log: any EventLog) { self.log = log }

    package func publish(_ notices: [TopicNotice]) async throws(TopicError) {
        do throws(LogError) {
            _ = try await log.append(
                notices.map { LogEntry(kind: .notice, id: $0.id, at: $0.at, payload: $0.payload) })
        } catch {
            throw .log(error)
        }
    }
}
