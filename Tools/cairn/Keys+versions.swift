import ArgumentParser
import CairnFormat
import CairnKeys
import CairnServer
import CairnTerminal

/// Versions of keys: new ones, and the end of old ones.
extension Keys {
    /// Forcing something that cannot be taken back.
    struct Force: ParsableArguments {
        @Flag(help: "Do it though something needs the key; its name must be typed, at the terminal or with --confirm.")
        var force = false

        @Option(help: "With --force: the key as it was given.")
        var confirm: String?

        /// Whether it is forced; asks for the name.
        func isForced(_ name: String) throws -> Bool {
            guard force else { return false }
            let typed = confirm ?? Terminal.ask("type \(name) to destroy what cannot be brought back:")
            guard typed == name else {
                throw Failure(
                    "--force: the name of the key was not typed", hint: "give --confirm \(name)", exit: .usage)
            }
            return true
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new version, under which trail keys are wrapped from now on.")

        @OptionGroup var target: Target

        func run() async throws {
            try await Keys.with(target.data) { access, keyring in
                let key = try await keyring.rotate(target.key, by: access.actor)
                Terminal.line("\(key.arn) version \(key.current?.number ?? 0)")
                Terminal.say("older versions still open what they wrapped; 'cairn keys rewrap' frees them")
            }
        }
    }

    struct Rewrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Wrap all trail keys of a key under its newest version. Log files are not touched.",
            discussion: """
                May be stopped at any time and called again. Ends with what is left under older versions.

                Exit codes: 0 nothing is left under older versions, 1 something is, or it could not be done, 2 wrong usage.
                """
        )

        @OptionGroup var target: Target

        @Option(help: "table or json.")
        var format = OutputFormat.table

        func run() async throws {
            try await Keys.with(target.data) { access, keyring in
                let report = try await keyring.rewrap(target.key, by: access.actor) { report in
                    Terminal.progress("\(report.rewrapped) trail keys rewrapped")
                }
                Terminal.endProgress()
                if format != .table {
                    Terminal.line(try Keys.json(report))
                } else {
                    Terminal.line("\(report.rewrapped) trail keys rewrapped under version \(report.version)")
                    for (version, count) in report.remaining.sorted(by: { $0.key < $1.key }) {
                        Terminal.line("\(count) records under version \(version)")
                    }
                    for failure in report.failures { Terminal.say("error: \(failure)") }
                }
                if !report.failures.isEmpty || report.remaining.values.contains(where: { $0 > 0 }) {
                    throw ExitCode(Terminal.Exit.failed.rawValue)
                }
            }
        }
    }

    struct Rekey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Begin new trail keys at once, of all trails or of one. Older files keep theirs.",
            discussion: """
                Example, after a trail key was exported to somebody who has left:
                  cairn keys rekey --trail main --account 111122223333 --data ./audit
                """
        )

        @OptionGroup var which: TrailChoice
        @OptionGroup var data: DataOptions

        func run() async throws {
            try await Keys.with(data) { access, keyring in
                let (trail, account) = try await which.resolve(access)
                let names = try await keyring.rekey(trail: trail, account: account, by: access.actor)
                Terminal.line("\(names.count) new trail keys")
            }
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a version wrap nothing any more. What it wrapped still opens.")

        @OptionGroup var target: Target

        @Argument(help: "The version.")
        var version: Int

        func run() async throws {
            try await Keys.with(target.data) { access, keyring in
                try await keyring.retire(target.key, version: version, by: access.actor)
            }
        }
    }

    struct Destroy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Destroy a version for ever. Refused while trail keys are under it.",
            discussion: """
                First 'cairn keys rotate' and 'cairn keys rewrap'. Backups of the keyring that were made before still hold the \
                version: destroy them too, or their root key ('cairn keys reroot').
                """
        )

        @OptionGroup var target: Target

        @Argument(help: "The version.")
        var version: Int

        @Flag(help: "Only say what needs it.")
        var dryRun = false

        @OptionGroup var force: Force

        func run() async throws {
            try await Keys.with(target.data) { access, keyring in
                guard let key = try await keyring.manifest().key(target.key) else {
                    throw KeyError.unknownKey(target.key)
                }
                if dryRun {
                    let needs = try await keyring.trailKeys(under: key.arn, version: version)
                    for need in needs { Terminal.line("\(need.name) period \(need.period)") }
                    return Terminal.say(
                        "\(needs.count) trail keys need version \(version); nothing was destroyed: --dry-run")
                }
                let isForced = try force.isForced(target.key)
                try await keyring.destroy(target.key, version: version, isForced: isForced, by: access.actor)
                Terminal.say("version \(version) of \(key.arn) is destroyed; backups made before still hold it")
            }
        }
    }

    struct ScheduleDeletion: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schedule-deletion",
            abstract: "Refuse a key from now on, and destroy it after some days. Refused while something needs it.")

        @OptionGroup var target: Target

        @Option(help: "7 to 30.")
        var days = 30

        @Flag(help: "Only say what needs it.")
        var dryRun = false

        @OptionGroup var force: Force

        func run() async throws {
            try await Keys.with(target.data) { access, keyring in
                guard let key = try await keyring.manifest().key(target.key) else {
                    throw KeyError.unknownKey(target.key)
                }
                let users = try await access.users(of: key.arn)
                if dryRun {
                    let needs = try await keyring.trailKeys(under: key.arn, version: nil)
                    for need in users + needs.map({ "\($0.name) period \($0.period)" }) { Terminal.line(need) }
                    return Terminal.say(
                        "\(users.count) trails and \(needs.count) trail keys need it; nothing was changed: --dry-run")
                }
                let isForced = try force.isForced(target.key)
                let changed = try await keyring.scheduleDeletion(
                    target.key, days: days, users: users, isForced: isForced, by: access.actor)
                Terminal.line("\(changed.arn) will be deleted at \(Keys.time(changed.deletionAt))")
            }
        }
    }

    struct CancelDeletion: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel-deletion",
            abstract: "Keep a key that is pending deletion. It is disabled then, as in KMS.")

        @OptionGroup var target: Target

        func run() async throws {
            try await Keys.with(target.data) { access, keyring in
                try await keyring.cancelDeletion(target.key, by: access.actor)
                Terminal.say("kept, and disabled: 'cairn keys enable' lets it be used again")
            }
        }
    }
}
