package import CairnRemote

/// How events leave the deployment. Endpoints come from here alone, never from who makes a trail.
package struct FeedSettings: Sendable {
    package var logsEndpoint: ServiceEndpoint
    package var eventsEndpoint: ServiceEndpoint
    /// The certificates that are trusted, a file in PEM; nil: those of the system.
    package var authorityFile: String?

    package init(logsEndpoint: ServiceEndpoint, eventsEndpoint: ServiceEndpoint, authorityFile: String?) {
        (self.logsEndpoint, self.eventsEndpoint, self.authorityFile) = (logsEndpoint, eventsEndpoint, authorityFile)
    }
}
