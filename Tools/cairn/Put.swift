import ArgumentParser
import CairnRemote
import CairnServer
import CairnSystem
import CairnTerminal
import FoundationEssentials

/// `cairn put`
struct Put: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send events to a door.",
        discussion: """
            Reads events from files, or from standard input: one a line, an array, or {"Records":[…]}; gzip is recognised. \
            Whatever was accepted is durable when the command ends. While the door is away or busy it waits and sends \
            again; what came twice is recognised by its eventID.

            Refused events are printed on standard error as FILE:NUMBER: CODE: reason, the number being that of the line, or \
            of the element of an array.

            Examples:
              cairn put events.ndjson --data ./audit
              zcat archive.gz | cairn put --data ./audit --account 111122223333
              cairn put big.ndjson --state big.state    # run again after an interruption: goes on where it was

            Exit codes: 0 all accepted, 1 some refused or not sent, 2 wrong usage.
            """
    )

    @Argument(help: "Files of events; '-' or none: standard input.")
    var files: [String] = []

    @OptionGroup var data: DataOptions

    @Option(help: "The door, http://HOST:PORT (default: from the setting 'listen').")
    var door: String?

    @Flag(help: "Allow http:// to another machine: the token and the events cross the network in the clear.")
    var insecureHTTP = false

    @Option(help: "The bearer token (default: CAIRN_TOKEN, else cairn_token in DATA/credentials).")
    var token: String?

    @Option(help: "Account for events without recipientAccountId.")
    var account: String?

    @Option(help: "Region for events without awsRegion.")
    var region: String?

    @Option(help: "Keeps how far each file was sent, to go on there the next time.")
    var state: String?

    @Option(help: "Give up when the door has been away or busy for this long (default: 5m).")
    var patience = "5m"

    private struct Counts {
        var accepted = 0
        var duplicates = 0
        var refused = 0
    }

    func run() async throws {
        guard let patience = SettingValue.duration(patience) else {
            throw Failure("--patience: expected a time such as 30s or 5m, found '\(patience)'", exit: .usage)
        }
        let reader = try await data.reader()
        let address = door ?? "http://\(reader.find(.listen).value)"
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme?.lowercased()), let host = url.host
        else {
            throw Failure("--door: expected http://HOST:PORT or https://HOST:PORT, found '\(address)'", exit: .usage)
        }
        guard url.scheme?.lowercased() == "https" || SettingValue.isLoopback(host) || insecureHTTP else {
            throw Failure(
                "will not send the token and events to \(host) in the clear",
                hint: "use https://, or --insecure-http if the way there is safe", exit: .usage)
        }
        let client = DoorClient(address: address, token: try findToken(reader))
        let query = [("account", account), ("region", region)].compactMap { name, value in value.map { "\(name)=\($0)" }
        }
        .joined(separator: "&")
        var counts = Counts()
        var sent = try readState()
        do {
            for file in files.isEmpty ? ["-"] : files {
                try await put(file, client, query, patience, &counts, &sent)
            }
        } catch {
            await client.close()
            Terminal.endProgress()
            throw error
        }
        await client.close()
        Terminal.endProgress()
        Terminal.say("\(counts.accepted) accepted (\(counts.duplicates) had come before), \(counts.refused) refused")
        if counts.refused > 0 { throw ExitCode(Terminal.Exit.failed.rawValue) }
    }

    private func put(
        _ file: String, _ client: DoorClient, _ query: String, _ patience: Duration, _ counts: inout Counts,
        _ sent: inout [String: SentFile]
    ) async throws {
        var feed = try EventFeed(path: file)
        defer { feed.close() }
        let done = try SentFile.last(sent[file], of: file)
        while true {
            var batch = try feed.next()
            guard let last = batch.numbers.last else {
                guard feed.number >= done else {
                    throw Failure(
                        "\(file) ends at \(feed.number), but \(done) of it were sent before: it is not the same file any more",
                        hint: "remove its entry from \(state ?? "the state") to send it from the beginning",
                        exit: .usage)
                }
                return
            }
            if last <= done { continue }
            if batch.numbers[0] <= done { batch = Self.dropping(batch, upTo: done) }
            let reply = try await send(batch.bytes, client, query, patience)
            counts.accepted += reply.accepted
            counts.duplicates += reply.duplicates
            counts.refused += reply.refusedCount
            if !reply.refused.isEmpty { Terminal.endProgress() }
            for item in reply.refused where item.index < batch.numbers.count {
                let field = item.field.map { "\($0): " } ?? ""
                let place = SafeText.shown("\(file):\(batch.numbers[item.index])")
                let reason = SafeText.shown("\(item.code): \(field)expected \(item.expected), found \(item.found)")
                Terminal.say("\(place): \(reason)")
            }
            sent[file] = try SentFile(last: last, of: file)
            try writeState(sent)
            Terminal.progress("\(counts.accepted) accepted, \(counts.refused) refused, \(file) at \(last)")
        }
    }

    private static func dropping(_ batch: EventFeed.Batch, upTo done: Int) -> EventFeed.Batch {
        let lines = batch.bytes.split(separator: 0x0A)
        var rest = EventFeed.Batch()
        for (line, number) in zip(lines, batch.numbers) where number > done {
            rest.bytes += Array(line) + [0x0A]
            rest.numbers.append(number)
        }
        return rest
    }

    private func send(
        _ bytes: [UInt8], _ client: DoorClient, _ query: String, _ patience: Duration
    ) async throws -> DoorClient.Reply {
        let time = SystemTime()
        let deadline = time.uptime + patience
        var wait = Duration.milliseconds(100)
        while true {
            do throws(DoorClientError) {
                return try await client.send(bytes, query: query)
            } catch {
                if case .refused = error { throw Failure(error.description) }
                if case .busy(_, _, let retryAfter) = error { wait = max(wait, retryAfter) }
                wait = min(wait, deadline - time.uptime)
                guard wait > .zero else {
                    throw Failure(
                        error.description, hint: "what was accepted is safe; run the same command again to go on")
                }
                Terminal.progress("waiting: \(error)")
                try await time.sleep(for: wait)
                wait = min(max(wait * 2, .milliseconds(100)), .seconds(10))
            }
        }
    }

    private func findToken(_ reader: SettingsReader) throws -> String {
        if let token = token ?? ProcessInfo.processInfo.environment["CAIRN_TOKEN"] { return token }
        let path = "\(reader.find(.data).value)/credentials"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("no token: \(path) cannot be read", hint: "give --data, --token or CAIRN_TOKEN", exit: .usage)
        }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where line.hasPrefix("cairn_token") {
            if let value = line.split(separator: "=", maxSplits: 1).last {
                return String(value.drop { $0 == " " })
            }
        }
        throw Failure("no token: \(path) has no line 'cairn_token = …'", exit: .usage)
    }

    private func readState() throws -> [String: SentFile] {
        guard let state, let data = FileManager.default.contents(atPath: state) else { return [:] }
        do { return try JSONDecoder().decode([String: SentFile].self, from: data) } catch {
            throw Failure("\(state) is no state of 'cairn put': remove it to begin anew", exit: .usage)
        }
    }

    private func writeState(_ sent: [String: SentFile]) throws {
        guard let state else { return }
        do { try JSONEncoder().encode(sent).write(to: URL(filePath: state), options: .atomic) } catch {
            throw Failure("\(state) cannot be written: \(error)")
        }
    }
}
