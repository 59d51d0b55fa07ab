import CairnFormat
package import CairnNative
package import CairnRemote
package import CairnSystem

/// What passes notices on, for each kind of destination.
package struct Outlets: Sendable {
    /// Gives the topic that a subscription's notices are published to.
    package typealias Opening = @Sendable (Subscription) async throws(TopicError) -> any Topic
    /// Gives a secret of the keyring.
    package typealias Secrets = @Sendable (_ name: String) async throws(TopicError) -> KeyMaterial?

    private let sns: SignedCalls
    private let sqs: SignedCalls
    private let webhooks: WebhookCalls
    private let time: any TimeSource
    private let topicARN: @Sendable (TopicName) -> String
    private let secrets: Secrets

    /// - Parameters:
    ///   - topicARN: gives the ARN of an embedded topic.
    ///   - secrets: gives what webhooks' posts are signed with.
    package init(
        _ settings: OutletSettings, credentials: CredentialsChain, time: any TimeSource,
        topicARN: @escaping @Sendable (TopicName) -> String, secrets: @escaping Secrets
    ) throws(TopicError) {
        do throws(SignedCalls.Unanswered) {
            sns = try SignedCalls(
                settings.snsEndpoint, service: "sns", credentials: credentials, time: time,
                authorityFile: settings.authorityFile)
            sqs = try SignedCalls(
                settings.sqsEndpoint, service: "sqs", credentials: credentials, time: time,
                authorityFile: settings.authorityFile)
        } catch { throw .away(error.reason) }
        webhooks = WebhookCalls(settings.webhooks, time: time)
        (self.time, self.topicARN, self.secrets) = (time, topicARN, secrets)
    }

    package func close() async {
        await sns.close()
        await sqs.close()
        await webhooks.close()
    }

    package func topic(for subscription: Subscription) async throws(TopicError) -> any Topic {
        switch subscription.destination {
        case .sns(let arn): return SNSTopic(arn, calls: sns)
        case .sqs(let arn):
            return SQSQueue(arn, calls: sqs, topicARN: subscription.isRaw ? nil : topicARN(subscription.topic))
        case .webhook(let url):
            let now = time.now.milliseconds
            var keys: [KeyMaterial] = []
            for secret in subscription.secrets where secret.until.map({ now < $0 }) ?? true {
                guard let key = try await secrets(secret.name) else {
                    throw .away(
                        "the secret \(secret.name) of the webhook is not in the keyring: make a new one with 'cairn topics "
                            + "rotate-secret'")
                }
                keys.append(key)
            }
            return WebhookTopic(url, keys: keys, calls: webhooks, time: time)
        }
    }
}
