import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnKeys
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTrails
import FoundationEssentials

/// `cairn trails`
struct Trails: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, make and change trails.",
        subcommands: [
            List.self, Create.self, Update.self, Start.self, Stop.self, Delete.self, SetSelectors.self, Abandon.self,
        ],
        defaultSubcommand: List.self
    )

    /// Which trail is meant.
    struct Target: ParsableArguments {
        @Argument(help: "The trail's name.")
        var name: String

        @Option(help: "The trail's account (default: the deployment's own).")
        var account: String?

        @OptionGroup var data: DataOptions

        /// The trail as it is now, if it is there.
        func trail(_ access: DataDirectoryAccess) async throws -> Trail? {
            do {
                let account = try self.account.map { try AccountID($0) } ?? access.deployment.account
                return try await access.catalog.routing()?.trails.first {
                    $0.account == account && $0.name.text == name
                }
            } catch { throw Failure(error) }
        }

        /// Begins or ends logging.
        func setLogging(_ isOn: Bool) async throws {
            let now = Seams.system.time.now.milliseconds
            try await change { $0.setLogging(isOn, at: now) }
        }

        /// Changes the trail and waits until the change is in force.
        func change(_ change: (inout Trail) throws -> Void) async throws {
            try await self.change { trail, _ in try change(&trail) }
        }

        /// The same, for changes that depend on the organization.
        func change(_ change: (inout Trail, MatcherSnapshot) throws -> Void) async throws {
            let access = try await DataDirectoryAccess(data)
            let account = try self.account.map { try AccountID($0) } ?? access.deployment.account
            let name = name
            do {
                let revision = try await access.catalog.changeRouting { (snapshot) throws(CatalogError) in
                    let index = snapshot.trails.firstIndex { $0.account == account && $0.name.text == name }
                    guard let index else {
                        throw .refused("Unknown trail: \(name) for the user: \(account)")
                    }
                    do {
                        try change(&snapshot.trails[index], snapshot)
                        try snapshot.trails[index].check()
                    } catch { throw .refused("\(error)") }
                    try Trails.checkCount(snapshot, snapshot.trails[index])
                }
                try await access.awaitInForce(revision)
            } catch let error as CatalogError { throw Failure(error) }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show all trails.")

        @OptionGroup var data: DataOptions

        @Option(help: "table or json.")
        var format = OutputFormat.table

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let trails = try await access.catalog.routing()?.trails ?? []
                if format != .table {
                    let encoder = JSONEncoder()
                    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                    return Terminal.line(String(decoding: try encoder.encode(trails), as: UTF8.self))
                }
                let rows = trails.map { trail in
                    [
                        trail.account.description, trail.name.text, trail.isLogging ? "logging" : "stopped",
                        (trail.isMultiRegion ? "all Regions" : trail.homeRegion.name)
                            + (trail.organization.map { ", \($0)" } ?? ""),
                        "\(trail.bucket)" + (trail.prefix.map { "/\($0)" } ?? ""), trail.topic ?? "-",
                        trail.kmsKey?.id ?? "none", trail.validatesLogFiles ? "signed" : "none",
                        trail.compression.rawValue,
                        trail.selectors.hasCustom ? "custom" : "management events",
                    ]
                }
                Terminal.write(
                    Terminal.table(
                        [
                            "ACCOUNT", "TRAIL", "STATE", "SCOPE", "BUCKET", "TOPIC", "KEY", "DIGESTS", "COMPRESSION",
                            "SELECTORS",
                        ],
                        rows))
            } catch { throw Failure(error) }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a trail. It does not log until it is started, as in CloudTrail, unless --start is given.",
            discussion: """
                Example:
                  cairn trails create writes --bucket audit-writes --multi-region --start --data ./audit
                """
        )

        @Argument(help: "The trail's name.")
        var name: String

        @Option(help: "The bucket its log files go to.")
        var bucket: String

        @Option(help: "Prefix of its object keys.")
        var prefix: String?

        @Option(help: "The embedded topic that announces its files.")
        var topic: String?

        @Flag(help: "Announce digests there, too. Readers that take each announced object for a log file stop at one.")
        var announceDigests = false

        @Option(help: "The trail's account (default: the deployment's own).")
        var account: String?

        @Option(help: "Its home Region (default: the deployment's).")
        var region: String?

        @Flag(help: "Log every Region.")
        var multiRegion = false

        @Flag(help: "Take the events of all accounts of the organization.")
        var organization = false

        @Flag(help: "Leave events of global services out; single-Region trails only.")
        var noGlobalServiceEvents = false

        @Option(help: "balanced, fast, small or auto.")
        var compression = "balanced"

        @Option(
            help:
                "The managed key that encrypts its log files: ARN, id or alias/NAME, or 'none' (default: alias/cairn).")
        var kmsKeyId: String?

        @Option(help: "files: cairn encrypts them; store: the bucket's store does, under the same key; both.")
        var encryptedBy = "files"

        @Option(help: "Hold objects by the bucket's Object Lock: governance:DAYS or compliance:DAYS; S3 only.")
        var objectLock: String?

        @Option(help: "The log group of CloudWatch Logs that gets its events one by one: an ARN.")
        var logGroup: String?

        @Option(help: "The event bus of EventBridge that gets its events one by one: an ARN.")
        var eventBus: String?

        @Flag(inversion: .prefixedNo, help: "Sign a digest of its log files each hour.")
        var logFileValidation = true

        @Flag(help: "Begin to log at once.")
        var start = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                guard let compression = CompressionChoice(rawValue: compression) else {
                    throw Failure(
                        "--compression: expected balanced, fast, small or auto, found '\(compression)'", exit: .usage)
                }
                let encryptedBy = try Trails.encryptedBy(self.encryptedBy)
                let made = try Trail(
                    id: UniqueID(random: access.seams.random.bytes(16)),
                    name: try TrailName(name),
                    account: try account.map { try AccountID($0) } ?? access.deployment.account,
                    homeRegion: try region.map { try Region($0) } ?? access.deployment.homeRegion,
                    bucket: try BucketName(bucket),
                    prefix: try prefix.map { try KeyPrefix($0) },
                    topic: topic,
                    announcesDigests: announceDigests,
                    isMultiRegion: multiRegion,
                    includesGlobalServiceEvents: !noGlobalServiceEvents,
                    validatesLogFiles: logFileValidation,
                    isLogging: start,
                    startedAt: start ? access.seams.time.now.milliseconds : nil,
                    compression: compression,
                    kmsKey: try await access.kmsKey(
                        kmsKeyId ?? (encryptedBy == .store ? "none" : "alias/\(Keyring.standardAlias)"),
                        for: encryptedBy),
                    encryptedBy: encryptedBy,
                    objectLock: try objectLock.flatMap { try Trails.objectLock($0) },
                    logGroup: try logGroup.map { try FeedDestination($0) },
                    eventBus: try eventBus.map { try FeedDestination($0) }
                )
                try Trails.checkStore(of: made, access)
                let revision = try await access.catalog.changeRouting { (snapshot) throws(CatalogError) in
                    var trail = made
                    if organization { trail.organization = try Trails.organization(of: trail, snapshot) }
                    guard snapshot.accounts.contains(trail.account) else {
                        throw .refused("there is no account \(trail.account): add it with 'cairn accounts add'")
                    }
                    guard snapshot.regions.contains(trail.homeRegion) else {
                        throw .refused("there is no Region \(trail.homeRegion) in this deployment")
                    }
                    guard !snapshot.trails.contains(where: { $0.account == trail.account && $0.name == trail.name })
                    else {
                        throw .refused("Trail \(trail.name) already exists for customer: \(trail.account)")
                    }
                    snapshot.trails.append(trail)
                    try Trails.checkCount(snapshot, trail)
                }
                try await access.awaitInForce(revision)
                Terminal.line(made.arn)
            } catch let failure as Failure {
                throw failure
            } catch let error as CatalogError {
                throw Failure(error)
            } catch { throw Failure("\(error)", exit: .usage) }
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a trail. What is not given keeps its value; an empty text clears.")

        @OptionGroup var target: Target

        @Option(help: "The bucket its log files go to.")
        var bucket: String?

        @Option(help: "Prefix of its object keys.")
        var prefix: String?

        @Option(help: "The embedded topic that announces its files.")
        var topic: String?

        @Option(help: "true or false: announce digests there, too.")
        var announceDigests: Bool?

        @Option(help: "true or false: log every Region.")
        var multiRegion: Bool?

        @Option(help: "true or false: take the events of all accounts of the organization.")
        var organization: Bool?

        @Option(help: "true or false: take events of global services.")
        var globalServiceEvents: Bool?

        @Option(help: "true or false: sign a digest of its log files each hour.")
        var logFileValidation: Bool?

        @Option(help: "balanced, fast, small or auto.")
        var compression: String?

        @Option(help: "The managed key that encrypts its new log files: ARN, id or alias/NAME, or 'none'.")
        var kmsKeyId: String?

        @Option(help: "files: cairn encrypts new ones; store: the bucket's store does, under the same key; both.")
        var encryptedBy: String?

        @Option(
            help: "Hold new objects by the bucket's Object Lock: governance:DAYS or compliance:DAYS, or none; S3 only.")
        var objectLock: String?

        @Option(help: "The log group of CloudWatch Logs that gets its events one by one: an ARN.")
        var logGroup: String?

        @Option(help: "The event bus of EventBridge that gets its events one by one: an ARN.")
        var eventBus: String?

        func run() async throws {
            let access = try await DataDirectoryAccess(target.data)
            let encryptedBy = try self.encryptedBy.map { try Trails.encryptedBy($0) }
            let known = try await target.trail(access)
            let by = encryptedBy ?? known?.encryptedBy ?? .files
            var key = known?.kmsKey
            if kmsKeyId != nil || by != known?.encryptedBy {
                key = try await access.kmsKey(kmsKeyId ?? key?.description ?? "none", for: by)
            }
            let (newKey, isKeyed) = (key, kmsKeyId != nil)
            try await target.change { trail, snapshot in
                if let organization {
                    trail.organization = organization ? try Trails.organization(of: trail, snapshot) : nil
                }
                if isKeyed { trail.kmsKey = newKey }
                if let multiRegion, multiRegion != trail.isMultiRegion {
                    trail = trail.converted(toMultiRegion: multiRegion)
                }
                if let encryptedBy { trail.encryptedBy = encryptedBy }
                if let objectLock { trail.objectLock = try Trails.objectLock(objectLock) }
                if let logGroup { trail.logGroup = logGroup.isEmpty ? nil : try FeedDestination(logGroup) }
                if let eventBus { trail.eventBus = eventBus.isEmpty ? nil : try FeedDestination(eventBus) }
                if let bucket { trail.bucket = try BucketName(bucket) }
                try Trails.checkStore(of: trail, access)
                if let prefix { trail.prefix = prefix.isEmpty ? nil : try KeyPrefix(prefix) }
                if let topic { trail.topic = topic.isEmpty ? nil : topic }
                if let announceDigests { trail.announcesDigests = announceDigests }
                if let logFileValidation { trail.validatesLogFiles = logFileValidation }
                if let globalServiceEvents { trail.includesGlobalServiceEvents = globalServiceEvents }
                if let compression {
                    guard let choice = CompressionChoice(rawValue: compression) else {
                        throw Failure("expected balanced, fast, small or auto, found '\(compression)'", exit: .usage)
                    }
                    trail.compression = choice
                }
            }
        }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Begin to log (StartLogging).")
        @OptionGroup var target: Target
        func run() async throws { try await target.setLogging(true) }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop logging (StopLogging). Events that came before are still delivered.")
        @OptionGroup var target: Target
        func run() async throws { try await target.setLogging(false) }
    }

    struct SetSelectors: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-selectors",
            abstract: "Put event selectors, in CloudTrail's own JSON, from standard input (PutEventSelectors).",
            discussion: """
                Example:
                  echo '{"EventSelectors":[{"ReadWriteType":"WriteOnly"}]}' | cairn trails set-selectors main --data ./audit
                """
        )

        @OptionGroup var target: Target

        func run() async throws {
            guard let input = Terminal.readInput(limit: 1 << 20) else {
                throw Failure("standard input: expected selectors as JSON, at most 1 MiB", exit: .usage)
            }
            let selectors: Selectors
            do throws(SelectorError) { selectors = try Selectors(json: input) } catch {
                throw Failure("\(error.code): \(error)", exit: .usage)
            }
            try await target.change { $0.selectors = selectors }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a trail. Its files stay; events that came before are still delivered.")

        @OptionGroup var target: Target

        func run() async throws {
            let access = try await DataDirectoryAccess(target.data)
            do {
                let account = try target.account.map { try AccountID($0) } ?? access.deployment.account
                let name = target.name
                let revision = try await access.catalog.changeRouting { (snapshot) throws(CatalogError) in
                    guard snapshot.trails.contains(where: { $0.account == account && $0.name.text == name }) else {
                        throw .refused("Unknown trail: \(name) for the user: \(account)")
                    }
                    snapshot.trails.removeAll { $0.account == account && $0.name.text == name }
                }
                try await access.awaitInForce(revision)
            } catch let error as FormatError {
                throw Failure(error.description, exit: .usage)
            } catch let error as CatalogError { throw Failure(error) }
        }
    }
}
