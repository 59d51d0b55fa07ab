import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnKeys
import CairnServer
import CairnSystem
import CairnTerminal
import FoundationEssentials

/// `cairn keys`
struct Keys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, rotate, rewrap, retire and destroy the keys that log files are encrypted under.",
        discussion: """
            The root key seals managed keys; a managed key has versions and wraps trail keys; a trail key (one for each \
            trail, account and period) wraps the data key of each log file. Files are never rewritten: 'rotate' makes a new \
            version, 'rewrap' brings all trail keys under it, then the old version can be destroyed. 'rekey' begins new \
            trail keys at once; 'shred' makes the files of an account and period unreadable for ever.

            KEY is an ARN, a key id or alias/NAME. Everything that is done here is an event of source kms.cairn.

            Example, after a version may have become known:
              cairn keys rotate alias/cairn --data ./audit
              cairn keys rewrap alias/cairn --data ./audit
              cairn keys destroy alias/cairn 1 --data ./audit

            Exit codes: 0 done, 1 could not do it, 2 wrong usage.
            """,
        subcommands: [
            List.self, Describe.self, Create.self, Alias.self, Enable.self, Disable.self, SetRotation.self, Rotate.self,
            Rewrap.self, Rekey.self, Retire.self, Destroy.self, ScheduleDeletion.self, CancelDeletion.self, Shred.self,
            Reroot.self, Backup.self, Restore.self, Check.self, ExportPublic.self, ExportTrailKeys.self,
        ],
        defaultSubcommand: List.self
    )

    /// Which key is meant.
    struct Target: ParsableArguments {
        @Argument(help: "The key: ARN, id or alias/NAME.")
        var key: String

        @OptionGroup var data: DataOptions
    }

    /// Does something with the keyring; what goes wrong becomes a message.
    static func with<Result>(
        _ data: DataOptions, _ body: (DataDirectoryAccess, Keyring) async throws -> Result
    ) async throws -> Result {
        let access = try await DataDirectoryAccess(data)
        do {
            return try await body(access, try await access.keyring())
        } catch let failure as Failure { throw failure } catch let code as ExitCode { throw code } catch {
            throw Failure(error)
        }
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func time(_ milliseconds: Int64?) -> String {
        milliseconds.map { Timestamp(milliseconds: $0).iso8601 } ?? "-"
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the managed keys and their aliases.")

        @OptionGroup var data: DataOptions

        @Option(help: "table or json.")
        var format = OutputFormat.table

        func run() async throws {
            try await Keys.with(data) { access, keyring in
                let manifest = try await keyring.manifest()
                if format != .table { return Terminal.line(try Keys.json(manifest.keys)) }
                let rows = manifest.keys.map { key in
                    [
                        key.arn.description,
                        manifest.aliases.filter { $0.value == key.arn }.keys.sorted().map { "alias/\($0)" }.joined(
                            separator: " "),
                        key.state.rawValue, key.current.map { String($0.number) } ?? "-",
                        key.rotationDays.map { "\($0) days" } ?? "by hand",
                    ]
                }
                Terminal.write(Terminal.table(["KEY", "ALIASES", "STATE", "VERSION", "ROTATION"], rows))
            }
        }
    }

    struct Describe: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one key: its versions, and how many trail keys each of them wraps.")

        @OptionGroup var target: Target

        @Option(help: "table or json.")
        var format = OutputFormat.table

        func run() async throws {
            try await Keys.with(target.data) { access, keyring in
                guard let key = try await keyring.manifest().key(target.key) else {
                    throw KeyError.unknownKey(target.key)
                }
                if format != .table { return Terminal.line(try Keys.json(key)) }
                Terminal.line("key        \(key.arn)")
                Terminal.line("state      \(key.state.rawValue)")
                Terminal.line("about      \(SafeText.shown(key.description))")
                Terminal.line("made       \(Keys.time(key.createdAt))")
                Terminal.line("rotates    \(Keys.time(key.nextRotationAt))")
                if key.deletionAt != nil { Terminal.line("deleted    \(Keys.time(key.deletionAt))") }
                let trails = try await access.users(of: key.arn)
                Terminal.line("trails     \(trails.isEmpty ? "none" : trails.joined(separator: ", "))")
                Terminal.line("")
                var counts: [Int: Int] = [:]
                for trailKey in try await keyring.trailKeys(under: key.arn, version: nil) {
                    counts[trailKey.version, default: 0] += 1
                }
                let rows = key.versions.map { version in
                    [
                        String(version.number),
                        version.number == key.current?.number ? "current" : version.state.rawValue,
                        Keys.time(version.createdAt), String(counts[version.number] ?? 0),
                    ]
                }
                Terminal.write(Terminal.table(["VERSION", "STATE", "MADE", "TRAIL KEYS"], rows))
            }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a managed key and print its ARN.",
            discussion: """
                Example:
                  cairn keys create --alias payments --rotation-days 365 --data ./audit
                """
        )

        @Option(help: "A name for it, without alias/.")
        var alias: String?

        @Option(help: "What it is for.")
        var description = ""

        @Option(help: "Make a new version every so many days, 90 to 2560 (default: only by hand).")
        var rotationDays: Int?

        @Option(help: "Its Region (default: the deployment's).")
        var region: String?

        @Option(help: "Its account (default: the deployment's).")
        var account: String?

        @OptionGroup var data: DataOptions

        func run() async throws {
            try await Keys.with(data) { access, keyring in
                let key = try await keyring.create(
                    region: try region.map { try Region($0) } ?? access.deployment.homeRegion,
                    account: try account.map { try AccountID($0) } ?? access.deployment.account,
                    description: description, alias: alias, rotationDays: rotationDays, by: access.actor)
                Terminal.line(key.arn.description)
            }
        }
    }

    struct Alias: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a key another name, or move a name to another key. Trails keep the key that they have.")

        @Argument(help: "The name, without alias/.")
        var name: String

        @OptionGroup var target: Target

        func run() async throws {
            try await Keys.with(target.data) { access, keyring in
                try await keyring.setAlias(name, to: target.key, by: access.actor)
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a key be used again.")
        @OptionGroup var target: Target
        func run() async throws {
            try await Keys.with(target.data) { try await $1.enable(target.key, by: $0.actor) }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a key not be used: lanes that need it are held, its files do not open. Nothing is lost.")
        @OptionGroup var target: Target
        func run() async throws {
            try await Keys.with(target.data) { try await $1.disable(target.key, by: $0.actor) }
        }
    }

    struct SetRotation: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-rotation", abstract: "Say how often a key gets a new version by itself.")

        @OptionGroup var target: Target

        @Option(help: "90 to 2560, or 'off'.")
        var days: String

        func run() async throws {
            guard days == "off" || Int(days) != nil else {
                throw Failure("--days: expected a number or 'off', found '\(days)'", exit: .usage)
            }
            try await Keys.with(target.data) { access, keyring in
                try await keyring.setRotation(target.key, days: Int(days), by: access.actor)
            }
        }
    }
}
