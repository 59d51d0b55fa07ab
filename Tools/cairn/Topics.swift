import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnKeys
import CairnNative
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTopics

/// `cairn topics`
struct Topics: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics",
        abstract: "Pass the notices of topics on to SNS, SQS and webhooks.",
        discussion: """
            Each delivered file is announced in its trail's topic, which is embedded. Queues of this deployment read it ('cairn \
            queue'); a subscription passes its notices on: each at least once, in order per account and Region. A \
            destination that is away delays its own notices only; 'cairn status' shows it.

            Examples:
              cairn topics subscribe cairn-deliveries soc --to https://soc.example.com/cairn --data ./audit
              cairn topics subscribe cairn-deliveries aws --to arn:aws:sns:us-east-1:111122223333:audit --data ./audit
            """,
        subcommands: [List.self, Subscribe.self, Unsubscribe.self, RotateSecret.self, DeadLetters.self],
        defaultSubcommand: List.self
    )

    /// Which subscription.
    struct Choice: ParsableArguments {
        @Argument(help: "The topic.")
        var topic: String

        @Argument(help: "The subscription's name.")
        var name: String

        func names() throws -> (topic: TopicName, name: TopicName) {
            do { return (try TopicName(topic), try TopicName(name)) } catch {
                throw Failure("\(error)", exit: .usage)
            }
        }

        func find(_ subscriptions: SubscriptionService) async throws -> Subscription {
            let (topic, name) = try names()
            do { return try await subscriptions.subscription(topic, name) } catch { throw Failure(error) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show subscriptions, how far each is behind, and why.")

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let overview = try await SubscriptionOverview.read(
                    try await access.subscriptions(), partitionCount: access.deployment.partitionCount)
                let rows = overview.map { one in
                    [
                        one.subscription.topic.text, one.subscription.name.text,
                        SafeText.shown(one.subscription.destination.shown), String(one.behind), String(one.dead),
                        one.deliveredAt.map { Timestamp(milliseconds: $0).iso8601 } ?? "-",
                        one.failure.map {
                            "since \(Timestamp(milliseconds: $0.since).iso8601): \(SafeText.shown($0.reason))"
                        }
                            ?? "-",
                    ]
                }
                Terminal.write(
                    Terminal.table(["TOPIC", "SUBSCRIPTION", "TO", "BEHIND", "DEAD", "LAST TAKEN", "FAILS"], rows))
            } catch { throw Failure(error) }
        }
    }

    struct Subscribe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pass a topic's notices on, from now on. A webhook's secret is printed once.",
            discussion: """
                A webhook gets CloudTrail's message as the body of a POST, signed as Standard Webhooks has it: headers webhook-id \
                (the same when a notice comes again), webhook-timestamp and webhook-signature. It must answer with a status from \
                200 to 299 within 15 s. A queue of SQS gets the message in SNS's envelope, as from a topic.
                """)

        @OptionGroup var choice: Choice

        @Option(help: "The ARN of an SNS topic or an SQS queue, or https://HOST/PATH.")
        var to: String

        @Flag(help: "A queue gets the message without SNS's envelope.")
        var raw = false

        @Option(help: "A notice that is refused for this long becomes a dead letter.")
        var deadAfter = "10m"

        @OptionGroup var data: DataOptions

        func run() async throws {
            let (topic, name) = try choice.names()
            guard let patience = SettingValue.duration(deadAfter) else {
                throw Failure("--dead-after: expected a time such as 10m, found '\(deadAfter)'", exit: .usage)
            }
            let destination: Destination
            do { destination = try Destination(to) } catch { throw Failure("--to: \(error)", exit: .usage) }
            let access = try await DataDirectoryAccess(data)
            do {
                let subscriptions = try await access.subscriptions()
                var secrets: [Subscription.SigningSecret] = []
                var text: String?
                if case .webhook = destination {
                    let made = try await Topics.makeSecret(access)
                    secrets = [Subscription.SigningSecret(name: made.name, until: nil)]
                    text = made.text
                }
                try await subscriptions.create(
                    name, topic: topic, to: destination, isRaw: raw, patienceMilliseconds: patience.milliseconds,
                    secrets: secrets)
                if let text { Terminal.line(text) }
            } catch { throw Failure(error) }
            Terminal.say("notices of \(topic) go to \(SafeText.shown(destination.shown)) from now on, within a second")
        }
    }

    struct Unsubscribe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a subscription. What it has not got it never gets.")

        @OptionGroup var choice: Choice
        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            let subscriptions = try await access.subscriptions()
            let subscription = try await choice.find(subscriptions)
            do {
                try await subscriptions.remove(subscription)
                let keyring = try await access.keyring()
                for secret in subscription.secrets { try await keyring.forgetSecret(secret.name) }
            } catch { throw Failure(error) }
        }
    }

    struct RotateSecret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-secret",
            abstract: "Make a new secret for a webhook, and print it once. Posts are signed with both for a while.",
            discussion: """
                Give the new secret to whoever reads the webhook before the overlap ends; until then either one verifies.
                """)

        @OptionGroup var choice: Choice

        @Option(help: "How long posts are signed with the old secrets too.")
        var overlap = "24h"

        @OptionGroup var data: DataOptions

        func run() async throws {
            guard let overlap = SettingValue.duration(overlap) else {
                throw Failure("--overlap: expected a time such as 24h, found '\(overlap)'", exit: .usage)
            }
            let access = try await DataDirectoryAccess(data)
            let subscriptions = try await access.subscriptions()
            let subscription = try await choice.find(subscriptions)
            guard case .webhook = subscription.destination else {
                throw Failure("\(choice.name) is no webhook, so it has no secret", exit: .usage)
            }
            let now = access.seams.time.now.milliseconds
            let until = now + overlap.milliseconds
            do {
                let made = try await Topics.makeSecret(access)
                var gone: [String] = []
                try await subscriptions.change(subscription) { subscription in
                    gone = subscription.secrets.filter { ($0.until ?? .max) <= now }.map(\.name)
                    subscription.secrets.removeAll { ($0.until ?? .max) <= now }
                    for i in subscription.secrets.indices {
                        subscription.secrets[i].until = min(subscription.secrets[i].until ?? until, until)
                    }
                    subscription.secrets.append(Subscription.SigningSecret(name: made.name, until: nil))
                }
                let keyring = try await access.keyring()
                for name in gone { try await keyring.forgetSecret(name) }
                Terminal.line(made.text)
            } catch { throw Failure(error) }
            Terminal.say("posts are signed with the old secret too until \(Timestamp(milliseconds: until).iso8601)")
        }
    }

    struct DeadLetters: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "dead-letters",
            abstract: "Show what a destination refused for too long, one JSON object a line; or send it again.")

        @OptionGroup var choice: Choice

        @Flag(help: "Send them again, oldest first, and forget those that are taken.")
        var sendAgain = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            let subscriptions = try await access.subscriptions()
            let subscription = try await choice.find(subscriptions)
            do {
                let topic =
                    sendAgain
                    ? try await Node.outlets(
                        access.settings, access.seams, try await access.keyring(), access.deployment)(subscription)
                    : nil
                for partition in 0..<access.deployment.partitionCount {
                    let letters = try await subscriptions.state(subscription, partition: partition).dead
                    for letter in letters {
                        Terminal.line(Self.json(letter))
                        guard let topic else { continue }
                        try await topic.publish([letter.notice])
                        try await subscriptions.changeState(subscription, partition: partition) { state in
                            state.dead.removeAll { $0 == letter }
                        }
                    }
                }
            } catch { throw Failure(error) }
        }

        private static func json(_ letter: ForwardState.DeadLetter) -> String {
            "{\"message\":\(JSONText.quoted(letter.message)),\"reason\":\(JSONText.quoted(letter.reason)),"
                + "\"at\":\"\(Timestamp(milliseconds: letter.at).iso8601)\"}"
        }
    }

    /// A new secret of 32 random bytes, kept in the keyring, with its text for people.
    private static func makeSecret(_ access: DataDirectoryAccess) async throws -> (name: String, text: String) {
        let keyring = try await access.keyring()
        let key = KeyMaterial(
            Secret(count: 32) { (bytes: inout MutableSpan<UInt8>) in access.seams.random.fill(&bytes) })
        let name = "webhook/\(UniqueID(random: access.seams.random.bytes(16)))"
        try await keyring.keep(key, as: name)
        return (name, WebhookTopic.secretPrefix + SecretText.openText(SecretText.base64(key.secret)))
    }
}
