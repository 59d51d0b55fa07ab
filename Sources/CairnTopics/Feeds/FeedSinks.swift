package import CairnFormat
package import CairnRemote
package import CairnSystem

/// What sends events on, for each kind of destination.
package struct FeedSinks: Sendable {
    /// Gives what sends to a destination; the same for as long as a reader works.
    package typealias Opening = @Sendable (FeedDestination) -> any FeedSink

    private let logs: SignedCalls
    private let events: SignedCalls
    private let time: any TimeSource

    package init(
        _ settings: FeedSettings, credentials: CredentialsChain, time: any TimeSource
    ) throws(TopicError) {
        do throws(SignedCalls.Unanswered) {
            logs = try SignedCalls(
                settings.logsEndpoint, service: "logs", credentials: credentials, time: time,
                authorityFile: settings.authorityFile)
            events = try SignedCalls(
                settings.eventsEndpoint, service: "events", credentials: credentials, time: time,
                authorityFile: settings.authorityFile)
        } catch { throw .away(error.reason) }
        self.time = time
    }

    package func sink(_ destination: FeedDestination) -> any FeedSink {
        switch destination.service {
        case .logs: LogGroupSink(destination, calls: logs)
        case .events: EventBusSink(destination, calls: events, time: time)
        }
    }
}
