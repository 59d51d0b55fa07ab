import ArgumentParser
import CairnFormat
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTopics

/// `cairn queue`
struct QueueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "queue",
        abstract: "Make and read queues of the embedded topics.",
        discussion: """
            Each delivered file is announced with CloudTrail's SNS message. A message that is received stays hidden until it \
            is acknowledged or its time is up, and is handed out again then. At least once, in order per account and Region, \
            but for what was handed out five times to no avail: it no longer holds the others up.

            Example:
              cairn queue receive cairn-queue --count 10 --data ./audit
            """,
        subcommands: [List.self, Create.self, Receive.self, Ack.self, Dead.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all queues.")

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let rows = try await access.queues().queues().map { name, queue in
                    [
                        name, queue.topic.text, String(queue.open.count), String(queue.dead.count),
                        queue.receiveCountMax.map(String.init) ?? "-",
                    ]
                }
                Terminal.write(Terminal.table(["QUEUE", "TOPIC", "OPEN", "DEAD", "RECEIVES"], rows))
            } catch { throw Failure(error) }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a queue that gets what is announced from now on.")

        @Argument(help: "The queue's name.")
        var name: String

        @Option(help: "The topic it reads.")
        var topic = Establishing.topicName

        @Option(help: "How long a received message stays hidden.")
        var visibility = "30s"

        @Option(
            help: "A message received this often without an acknowledgement becomes a dead letter (default: none does)."
        )
        var receives: Int?

        @OptionGroup var data: DataOptions

        func run() async throws {
            guard let visibility = SettingValue.duration(visibility), (1...1_000).contains(receives ?? 1) else {
                throw Failure("--visibility is a time such as 30s, --receives a number from 1 to 1000", exit: .usage)
            }
            let access = try await DataDirectoryAccess(data)
            do {
                try await access.queues().create(
                    try TopicName(name), topic: try TopicName(topic), visibility: visibility, receiveCountMax: receives)
            } catch { throw Failure(error) }
        }
    }

    struct Receive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Hand messages out, one JSON object a line: handle, message, receiveCount, sentAt.")

        @Argument(help: "The queue's name.")
        var name: String

        @Option(help: "At most this many messages.")
        var count = 10

        @Option(help: "How long they stay hidden (default: the queue's own time).")
        var visibility: String?

        @Option(help: "Wait this long for a first message.")
        var wait = "0s"

        @Flag(help: "Acknowledge what is printed at once: at most once, for looking around.")
        var ack = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            guard let wait = SettingValue.duration(wait), (1...1_000).contains(count),
                visibility.map({ SettingValue.duration($0) != nil }) ?? true
            else { throw Failure("--wait and --visibility are times such as 20s, --count is 1 to 1000", exit: .usage) }
            let access = try await DataDirectoryAccess(data)
            let deadline = access.seams.time.uptime + wait
            do {
                let queue = try TopicName(name)
                while true {
                    let messages = try await access.queues().receive(
                        queue, count: count, visibility: visibility.flatMap(SettingValue.duration))
                    for message in messages { Terminal.line(QueueCommand.json(message)) }
                    if ack, !messages.isEmpty { try await access.queues().acknowledge(queue, messages.map(\.handle)) }
                    if !messages.isEmpty || access.seams.time.uptime >= deadline { return }
                    try await access.seams.time.sleep(for: .milliseconds(200))
                }
            } catch { throw Failure(error) }
        }
    }

    struct Ack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Acknowledge messages by the handles of their last receipt, all that are valid.")

        @Argument(help: "The queue's name.")
        var name: String

        @Argument(help: "Handles.")
        var handles: [String]

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                try await access.queues().acknowledge(try TopicName(name), handles)
            } catch { throw Failure(error) }
        }
    }

    struct Dead: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show dead letters, one JSON object a line, or hand them out again.")

        @Argument(help: "The queue's name.")
        var name: String

        @Flag(help: "Hand them out again, as if they had just come.")
        var sendAgain = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                if sendAgain {
                    let count = try await access.queues().revive(try TopicName(name))
                    return Terminal.say("\(count) messages are handed out again")
                }
                for message in try await access.queues().deadLetters(try TopicName(name)) {
                    Terminal.line(QueueCommand.json(message))
                }
            } catch { throw Failure(error) }
        }
    }

    static func json(_ message: QueueMessage) -> String {
        "{\"handle\":\(JSONText.quoted(message.handle)),\"message\":\(JSONText.quoted(message.message)),"
            + "\"receiveCount\":\(message.receiveCount),\"sentAt\":\"\(Timestamp(milliseconds: message.sentAt).iso8601)\"}"
    }
}
