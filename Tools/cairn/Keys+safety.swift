import ArgumentParser
import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnHistory
import CairnKeys
import CairnNative
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTrails
import FoundationEssentials

/// Shredding, roots, backups, checks and exports.
extension Keys {
    struct Shred: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the files of a trail, an account and a period unreadable for ever.",
            discussion: """
                Destroys the trail keys of that period. A period is a time of delivery, 2026-11 or, with --key-period day, \
                2026-11-25; it must be over, and its files delivered: those that are not yet are waited for, up to a \
                minute. The files stay where they are. Backups and copies of the documents made before still \
                hold the trail keys, until the versions of the managed key that wrapped them are destroyed (rotate, rewrap, \
                destroy) and the root key of that time is, too (reroot, then destroy the old one): 'cairn status' says pending \
                until then. Exported keys, other trails that took the same events, and copies that readers made are out of \
                reach. Event history has keys of its own for the same periods, by the time when events came in: --history.

                Examples:
                  cairn keys shred --trail main --account 111122223333 --period 2026-10 --dry-run --data ./audit
                  cairn keys shred --history --account 111122223333 --period 2026-10 --dry-run --data ./audit
                """
        )

        /// How long files that are being delivered are waited for.
        private static let patience = Duration.seconds(60)

        @Option(help: "The trail: its name, its ARN or its id.")
        var trail: String?

        @Flag(help: "Event history, instead of a trail.")
        var history = false

        @Option(help: "The account whose events are shredded.")
        var account: String

        @Option(help: "The period, such as 2026-10.")
        var period: String

        @Flag(help: "Only say what would be destroyed.")
        var dryRun = false

        @Flag(help: "Needed to do it.")
        var yes = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            guard (trail != nil) != history else { throw Failure("give --trail or --history", exit: .usage) }
            var which = TrailChoice()
            which.trail = trail
            which.account = account
            try await Keys.with(data) { access, keyring in
                let (named, account) = try await which.resolve(access)
                guard let account, let trail = history ? HistoryKeys.trail(of: access.deployment.id) : named else {
                    throw Failure("give --trail and --account", exit: .usage)
                }
                guard dryRun || yes else {
                    throw Failure(
                        "this cannot be taken back", hint: "try --dry-run first, then give --yes", exit: .usage)
                }
                let cuts = OpenCuts(
                    catalog: access.catalog, partitionCount: access.deployment.partitionCount, time: access.seams.time)
                let tombstone = try await keyring.shred(
                    trail: trail, account: account, period: period, isDryRun: dryRun, by: access.actor
                ) { () async throws(KeyError) in
                    try await cuts.settle(trail: trail, account: account, period: period, patience: Self.patience)
                }
                for name in tombstone.names { Terminal.line(name) }
                let others = (try await access.catalog.routing()?.trails ?? []).filter {
                    $0.id != trail && $0.account == account
                }.map(\.name.text)
                if !others.isEmpty {
                    Terminal.say(
                        "\(history ? "" : "other ")trails of the account may hold the same events: \(others.joined(separator: ", "))"
                    )
                }
                if !history { Terminal.say("event history may hold them, too: 'cairn keys shred --history'") }
                if dryRun { return Terminal.say("nothing was destroyed: --dry-run") }
                Terminal.say(
                    "shredded; pending until copies made before are useless, too: rotate, rewrap and destroy the versions of the "
                        + "managed key that wrapped the trail keys, then 'cairn keys reroot' and destroy the old root")
            }
        }
    }

    struct Reroot: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal the keyring under a new root key. Stop every cairn process of the data directory first.",
            discussion: """
                May be killed at any time and called again in the same way. A root key file gets a new key in its place; its \
                old content is destroyed. Other sources need --new-root, and from then on --root-key as given there. Copies of \
                the old root key, and backups, are yours to destroy: until then what was shredded can be brought back from them.

                Example:
                  cairn keys reroot --data ./audit
                """
        )

        @Option(help: "Where the new root key comes from (default, for a file: a new key in the same file).")
        var newRoot: String?

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            guard try await !access.isInUse() else {
                throw Failure(
                    "a cairn process uses \(access.directory.path)", hint: "stop 'cairn up', 'serve' and 'work' first")
            }
            let present = access.settings.rootKey
            let new: RootSource
            var replace: (from: String, to: String)?
            if let newRoot {
                guard let given = RootSource(newRoot) else {
                    throw Failure(
                        "--new-root: expected file:PATH, credential:NAME, passphrase:PATH or env:NAME, found '\(newRoot)'",
                        exit: .usage)
                }
                new = given
            } else {
                guard case .file(let path) = present else {
                    throw Failure("give --new-root: the present root is no file", exit: .usage)
                }
                new = .file(path + ".new")
                replace = (path + ".new", path)
            }
            do {
                let id = try await Keyring.reroot(
                    documents: access.documents, time: access.seams.time, random: access.seams.random, root: present,
                    new: new, by: access.actor, kms: try KeyServices.remote(access.settings, access.seams),
                    environment: access.seams.environment
                ) { () throws(KeyError) in
                    guard let replace else { return }
                    try RootSource.replace(replace.to, with: replace.from)
                }
                Terminal.line("root key \(id)")
                Terminal.say(
                    newRoot == nil
                        ? "in force; destroy copies of the old root key and backups made before"
                        : "in force: start cairn with --root-key \(new) from now on, and destroy the old root key")
            } catch { throw Failure(error) }
        }
    }

    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the keyring, with its root key, to one file that is encrypted under a passphrase.",
            discussion: """
                Example:
                  cairn keys backup /mnt/safe/keyring.bak --passphrase-file pass.txt --data ./audit
                """
        )

        @Argument(help: "The file, which must not be there.")
        var file: String

        @Option(help: "A file that holds the passphrase, 12 characters or more (default: asked for).")
        var passphraseFile: String?

        @OptionGroup var data: DataOptions

        func run() async throws {
            try await Keys.with(data) { access, keyring in
                let passphrase = try RootSource.passphrase(
                    file: passphraseFile, prompt: "passphrase of the backup: ")
                let bytes = try await keyring.backup(passphrase: passphrase, by: access.actor)
                try await access.seams.disk.put(bytes, at: absolute(file))
                Terminal.line("\(file)  generation \(try await keyring.manifest().generation)")
            }
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put back what is missing in a keyring. Nothing that is there is replaced.",
            discussion: """
                What was shredded or destroyed on purpose does not come back. Into a data directory without a keyring the \
                backup brings its root key along, to where --root-key says.

                Example:
                  cairn keys restore /mnt/safe/keyring.bak --passphrase-file pass.txt --data ./audit
                """
        )

        @Argument(help: "The backup.")
        var file: String

        @Option(help: "A file that holds its passphrase (default: asked for).")
        var passphraseFile: String?

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let bytes = try await access.seams.disk.readFile(absolute(file), limit: KeyringBackup.byteCountMax)
                let passphrase = try RootSource.passphrase(
                    file: passphraseFile, prompt: "passphrase of the backup: ")
                let report = try await Keyring.restore(
                    try KeyringBackup(bytes, passphrase: passphrase), documents: access.documents,
                    time: access.seams.time, random: access.seams.random, root: access.settings.rootKey,
                    by: access.actor, kms: try KeyServices.remote(access.settings, access.seams),
                    environment: access.seams.environment)
                Terminal.line(
                    "generation \(report.generation): \(report.restored) records restored, \(report.alreadyThere) were there"
                )
                for name in report.refused { Terminal.say("not brought back, it was destroyed on purpose: \(name)") }
            } catch { throw Failure(error) }
        }
    }

    private static func absolute(_ file: String) -> String {
        file.hasPrefix("/") ? file : "\(FileManager.default.currentDirectoryPath)/\(file)"
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open every record of the keyring, and compare with what the log files name.",
            discussion: "Exit codes: 0 everything opens, 1 something does not, 2 wrong usage."
        )

        @Option(help: "table or json.")
        var format = OutputFormat.table

        @OptionGroup var data: DataOptions

        func run() async throws {
            try await Keys.with(data) { access, keyring in
                let named = KeyNames.ofFiles(below: access.directory.buckets)
                let report = try await keyring.check(named: named)
                if format != .table {
                    Terminal.line(try Keys.json(report))
                } else {
                    Terminal.line("generation           \(report.generation)")
                    Terminal.line("managed key versions \(report.managedKeyVersions)")
                    Terminal.line("trail keys           \(report.trailKeys), files name \(named.count)")
                    Terminal.line("log keys             \(report.logKeys)")
                    Terminal.line("signing keys         \(report.signingKeys)")
                    Terminal.line("other secrets        \(report.secrets)")
                    for name in report.unnamed { Terminal.line("nothing names        \(SafeText.shown(name))") }
                    for problem in report.problems { Terminal.say("error: \(problem)") }
                }
                if !report.problems.isEmpty { throw ExitCode(Terminal.Exit.failed.rawValue) }
            }
        }
    }

    struct ExportPublic: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export-public",
            abstract: "Print the public halves of the signing keys, with the anchor's signatures, for auditors.")

        @OptionGroup var data: DataOptions

        func run() async throws {
            try await Keys.with(data) { access, keyring in
                try await keyring.maintainSigning([access.deployment.homeRegion])
                let manifest = try await keyring.manifest()
                Terminal.write(PublicKeyList(manifest).json)
                if let anchor = manifest.anchor { Terminal.say("auditors pin the anchor: \(anchor.pin)") }
            }
        }
    }

    struct ExportTrailKeys: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export-trail-keys",
            abstract: "Print trail keys in clear, for other tools that speak the AWS Encryption SDK's format.",
            discussion: """
                Whoever has the output reads the files of these keys, for ever; 'cairn keys rekey' ends that for new files. \
                Each key is namespace, name and 64 hex digits, as the SDK's raw AES keyring takes them. The export is an event.

                Example:
                  cairn keys export-trail-keys --trail main --yes --data ./audit > keys.json
                """
        )

        @OptionGroup var which: TrailChoice

        @Option(help: "json is the only one.")
        var format = OutputFormat.json

        @Flag(help: "Needed to do it.")
        var yes = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            guard format == .json else { throw Failure("--format: expected json", exit: .usage) }
            guard yes else {
                throw Failure(
                    "the output opens log files for whoever has it", hint: "give --yes if that is meant", exit: .usage)
            }
            guard !Terminal.outputIsTerminal else {
                throw Failure(
                    "will not print keys to a terminal", hint: "send the output to a file or a pipe", exit: .usage)
            }
            try await Keys.with(data) { access, keyring in
                let (trail, account) = try await which.resolve(access)
                let keys = try await keyring.exportTrailKeys(trail: trail, account: account, by: access.actor)
                Terminal.say("warning: these \(keys.count) keys open log files for whoever has them")
                Terminal.write("[")
                for (i, key) in keys.enumerated() {
                    Terminal.write(
                        "\(i == 0 ? "" : ",")\n{\"namespace\":\"\(TrailKeyName.namespace)\",\"name\":\"\(key.name)\",\"key\":\""
                    )
                    guard SecretText.write(SecretText.hex(key.key.secret), to: 1) else {
                        throw Failure("the output is closed")
                    }
                    Terminal.write("\"}")
                }
                Terminal.write("\n]\n")
            }
        }
    }
}
