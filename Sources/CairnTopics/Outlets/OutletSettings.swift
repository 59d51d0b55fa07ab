package import CairnRemote

/// How notices leave the deployment. Endpoints come from here alone, never from who makes a subscription.
package struct OutletSettings: Sendable {
    package var snsEndpoint: ServiceEndpoint
    package var sqsEndpoint: ServiceEndpoint
    package var webhooks = WebhookSettings()
    /// The certificates that SNS's and SQS's are held against, a file in PEM; nil: those of the system.
    package var authorityFile: String?

    package init(snsEndpoint: ServiceEndpoint, sqsEndpoint: ServiceEndpoint) {
        (self.snsEndpoint, self.sqsEndpoint) = (snsEndpoint, sqsEndpoint)
    }
}
