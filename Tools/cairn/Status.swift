import ArgumentParser
import CairnCatalog
import CairnDelivery
import CairnDigests
import CairnFormat
import CairnKeys
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTopics

/// `cairn status`
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show how far everything has come, and what is held and why.",
        discussion: """
            Reads the data directory, whether a node runs on it or not.

            With --trail: what GetTrailStatus says of one trail, Region by Region.

            Exit codes: 0 nothing is held, 1 something is, or it could not be read, 2 wrong usage.
            """
    )

    @Option(help: "Show this trail alone: its name, its ARN or its id.")
    var trail: String?

    @Option(help: "The account of the trail (default: any).")
    var account: String?

    @Option(help: "table, json or ndjson; with --trail.")
    var format = OutputFormat.table

    @OptionGroup var data: DataOptions

    func validate() throws {
        guard trail == nil, account != nil || format != .table else { return }
        throw ValidationError("--account and --format go with --trail")
    }

    func run() async throws {
        let access = try await DataDirectoryAccess(data)
        if let trail { return try await show(trail, access) }
        var isHeld = false
        do {
            let now = access.seams.time.now
            let door = try await access.seams.disk.lock(access.directory.doorLock)
            Terminal.line("data      \(SafeText.shown(access.directory.path))")
            Terminal.line("door      \(door == nil ? "running" : "not running")")
            withExtendedLifetime(door) {}
            let keyring = try await access.keyring()
            let manifest = try await keyring.manifest()
            let keys = try await keyring.logKeys()
            Terminal.line("root key  \(SafeText.shown(Self.root(access.settings.rootKey, access.directory)))")
            if let anchor = manifest.anchor { Terminal.line("anchor    \(anchor.pin)") }
            for key in manifest.keys where key.state == .disabled || key.state == .pendingDeletion {
                Terminal.line("key       \(key.arn) is \(key.state.rawValue): lanes that need it are held")
            }
            let pending = try await keyring.pendingTombstones().count
            if pending > 0 {
                Terminal.line(
                    "shredding \(pending) pending: copies made before still open; see 'cairn help keys shred'")
            }
            var rows: [[String]] = []
            var apart: [[String]] = []
            for number in 0..<access.deployment.partitionCount {
                let state = try await PartitionState.read(
                    number, catalog: access.catalog, directory: access.directory, seams: access.seams, keys: keys)
                let owner = try await access.seams.disk.lock(access.directory.lease(number))
                let age = state.oldestUndelivered.map { "\(max(0, now.milliseconds - $0) / 1_000) s" } ?? "-"
                rows.append([
                    String(number), owner == nil ? "a worker" : "nobody", String(state.end - 1),
                    String(state.cursor.next - 1), age,
                    state.cursor.intent == nil ? "-" : "\(state.cursor.intent!.entries.count) lanes",
                ])
                withExtendedLifetime(owner) {}
                for lane in state.cursor.apart where lane.failure != nil {
                    isHeld = true
                    let since = Timestamp(milliseconds: lane.since).iso8601
                    apart.append([lane.lane.description, since, lane.failure ?? ""])
                }
            }
            Terminal.line("")
            Terminal.write(
                Terminal.table(
                    ["PARTITION", "OWNER", "LOGGED TO", "DELIVERED TO", "OLDEST UNDELIVERED", "CUT UNDER WAY"], rows))
            let subscriptions = try await access.subscriptions()
            let isAnyKept = Self.show(
                try await TrailStatus.read(
                    catalog: access.catalog, subscriptions: subscriptions,
                    partitionCount: access.deployment.partitionCount
                ) { _ in true })
            isHeld = isHeld || isAnyKept
            if let late = try await digests(access, now) {
                isHeld = true
                Terminal.line("\noverdue: digests of these chains are tried again for ever")
                Terminal.write(Terminal.table(["CHAIN", "NEWEST DIGEST ENDS"], late))
            }
            if !apart.isEmpty {
                Terminal.line("\nheld: these lanes are tried again for ever; the others go on")
                Terminal.write(Terminal.table(["LANE", "SINCE", "WHY"], apart))
            }
            let failing = try await SubscriptionOverview.read(
                subscriptions, partitionCount: access.deployment.partitionCount
            ).filter { $0.failure != nil }
            if !failing.isEmpty {
                isHeld = true
                Terminal.line(
                    "\nnot taken: notices of these subscriptions are tried again for ever; everything else goes on")
                let rows = failing.map { one in
                    [
                        "\(one.subscription.topic)/\(one.subscription.name)", String(one.behind),
                        Timestamp(milliseconds: one.failure?.since ?? 0).iso8601, one.failure?.reason ?? "",
                    ]
                }
                Terminal.write(Terminal.table(["SUBSCRIPTION", "BEHIND", "SINCE", "WHY"], rows))
            }
            let stuck = try await feeds(access)
            if !stuck.isEmpty {
                isHeld = true
                Terminal.line(
                    "\nnot taken: events are sent to these again and again; log files and everything else go on")
                Terminal.write(Terminal.table(["DESTINATION", "PARTITION", "LAST TAKEN", "SINCE", "WHY"], stuck))
            }
            let findings = try await access.catalog.findings()
            if !findings.isEmpty {
                Terminal.line("\nfindings")
                let rows = findings.map { finding in
                    [
                        finding.kind.rawValue, Timestamp(milliseconds: finding.lastAt).iso8601, String(finding.count),
                        finding.subject, finding.text,
                    ]
                }
                Terminal.write(Terminal.table(["KIND", "LAST", "COUNT", "SUBJECT", "WHAT"], rows))
            }
        } catch { throw Failure(error) }
        if isHeld { throw ExitCode(Terminal.Exit.failed.rawValue) }
    }

    /// Destinations of single events that take none.
    private func feeds(_ access: DataDirectoryAccess) async throws -> [[String]] {
        var rows: [[String]] = []
        for number in 0..<access.deployment.partitionCount {
            for feed in try await FeedPlace.list(number, in: access.catalog) {
                guard let failure = feed.failure else { continue }
                rows.append([
                    "\(feed.destination)", String(number),
                    feed.deliveredAt.map { Timestamp(milliseconds: $0).iso8601 } ?? "-",
                    Timestamp(milliseconds: failure.since).iso8601, failure.reason,
                ])
            }
        }
        return rows
    }

    /// How digest chains stand.
    ///
    /// - Returns: chains that are overdue.
    private func digests(_ access: DataDirectoryAccess, _ now: Timestamp) async throws -> [[String]]? {
        let open = try await HeadDocuments(access.catalog).list().filter(\.isOpen)
        guard !open.isEmpty else { return nil }
        let oldest = open.compactMap(\.end).min()
        Terminal.line("\ndigests   \(open.count) chains, signed up to \(oldest?.iso8601 ?? "nothing yet") and later")
        // The interval that a head is written with need not be the one in force now.
        let period = access.settings.digests.period.components.seconds
        let grace = period + 900
        let late = open.filter { head in
            guard let end = head.end else { return false }
            return head.nextEnd(period: period).seconds + grace < now.seconds && end.seconds + 2 * grace < now.seconds
        }
        return late.isEmpty ? nil : late.map { ["\($0.name)", $0.end?.iso8601 ?? "-"] }
    }

    /// Where the root key comes from, and whether a copy of the data directory brings it along.
    private static func root(_ source: RootSource, _ directory: DataDirectory) -> String {
        guard case .file(let path) = source, path.hasPrefix(directory.path + "/") else { return source.description }
        return "\(source), beside the data: whoever copies the directory can read everything"
    }
}
