import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnHTTP
import CairnKeys
import CairnNative
import CairnServer
import CairnTerminal
import CairnTrails

/// `cairn principals`
struct Principals: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List and make principals: who may send events, read log files, call the API.",
        discussion: """
            Roles: admin (everything), producer (send events), auditor (read settings, status, events and log files), \
            reader (read settings and log files as they are stored, receive from queues).
            """,
        subcommands: [List.self, Create.self, Rotate.self, Set.self, Enable.self, Disable.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show principals.")

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let rows = try await access.catalog.principals().map { principal in
                    [
                        principal.id, principal.name,
                        principal.accounts?.map(\.description).joined(separator: ",") ?? "all",
                        principal.trails?.joined(separator: ",") ?? "all",
                        principal.sources?.joined(separator: ",") ?? "all",
                        Principals.words(principal.permissions ?? Role.producer.permissions),
                        principal.isDisabled ? "disabled" : "active",
                    ]
                }
                Terminal.write(
                    Terminal.table(["ACCESS KEY", "NAME", "ACCOUNTS", "TRAILS", "SOURCES", "MAY", "STATE"], rows))
            } catch { throw Failure(error) }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Make a principal; its secrets are printed once, as a profile of the AWS tools' credentials file.",
            discussion: """
                The access key signs calls of the API and reads of buckets and queues; the token sends events.

                Examples:
                  cairn principals create billing --accounts 444455556666 --role producer --data ./audit
                  cairn principals create tf --accounts 111122223333 --role admin --data ./audit >> ~/.aws/credentials
                """
        )

        @Argument(help: "A name for people: 1 to 64 of A-Z a-z 0-9 _ . -")
        var name: String

        @Option(
            help: "Accounts it may act for, joined by commas, or 'all'. Calls of the API are for the first of them.")
        var accounts: String

        @Option(
            help: ArgumentHelp(
                "What it may do, joined by commas: admin, producer, auditor, reader, or single permissions: administer, consume, "
                    + "decrypt, describe, lookup, read, write."))
        var role = "producer"

        @Option(help: "Trails that it may see and change, joined by commas (default: every trail of its account).")
        var trails: String?

        @Option(help: "Event sources it is bound to, joined by commas (default: any but cairn's own).")
        var sources: String?

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let allowed =
                    accounts == "all" ? nil : try accounts.split(separator: ",").map { try AccountID(String($0)) }
                try check(allowed, known: try await access.catalog.routing()?.accounts ?? [])
                guard try await access.catalog.principals().allSatisfy({ $0.name != name }) else {
                    throw Failure(
                        "there is a principal named '\(name)' already",
                        hint: "'cairn principals rotate \(name)' gives it a new access key", exit: .usage)
                }
                let permissions = try Principals.permissions(role)
                let trails = try self.trails.map { try $0.split(separator: ",").map { try TrailName(String($0)).text } }
                let made = Credentials(random: access.seams.random)
                try await Principals.add(
                    Principal(
                        id: made.accessKeyID, name: name, accounts: allowed,
                        sources: sources?.split(separator: ",").map(String.init),
                        tokenHash: SHA256.hash(Array(made.token.utf8)), permissions: permissions, trails: trails),
                    made, access)
            } catch let failure as Failure {
                throw failure
            } catch let error as FormatError {
                throw Failure(error.description, exit: .usage)
            } catch let error as TrailNameError {
                throw Failure("--trails: \(error)", exit: .usage)
            } catch { throw Failure(error) }
        }

        private func check(_ allowed: [AccountID]?, known: [AccountID]) throws {
            let isPlain = name.utf8.allSatisfy { c in
                (0x30...0x39).contains(c) || (0x41...0x5A).contains(c) || (0x61...0x7A).contains(c)
                    || "_.-".utf8.contains(c)
            }
            guard (1...64).contains(name.utf8.count), isPlain else {
                throw Failure("a principal's name has 1 to 64 of A-Z a-z 0-9 _ . -", exit: .usage)
            }
            if let allowed {
                guard !allowed.isEmpty else {
                    throw Failure("--accounts: expected account ids or 'all', found nothing", exit: .usage)
                }
                if let unknown = allowed.first(where: { !known.contains($0) }) {
                    throw Failure("there is no account \(unknown)", hint: "add it with 'cairn accounts add \(unknown)'")
                }
            }
            for source in sources?.split(separator: ",", omittingEmptySubsequences: false) ?? []
            where !source.contains(".") {
                throw Failure(
                    "--sources: expected sources such as billing.example.com, found '\(source)'", exit: .usage)
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a principal a new access key and token. The old ones stay until they are disabled.",
            discussion: """
                Example:
                  cairn principals rotate billing --data ./audit >> ~/.aws/credentials
                  cairn principals disable AKIA... --data ./audit       # the old key, once nobody uses it
                """
        )

        @Argument(help: "Its name, or one of its access keys.")
        var principal: String

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let known = try await access.catalog.principals().filter {
                    ($0.id == principal || $0.name == principal) && !$0.isDisabled
                }
                guard known.count < 2 else {
                    throw Failure(
                        "'\(principal)' has \(known.count) active keys: \(known.map(\.id).joined(separator: ", "))",
                        hint: "name the one whose rights the new key gets", exit: .usage)
                }
                guard var new = known.first else {
                    throw Failure(
                        "there is no active principal '\(principal)'", hint: "see 'cairn principals list'", exit: .usage
                    )
                }
                let made = Credentials(random: access.seams.random)
                new.id = made.accessKeyID
                new.tokenHash = SHA256.hash(Array(made.token.utf8))
                try await Principals.add(new, made, access)
            } catch let failure as Failure {
                throw failure
            } catch { throw Failure(error) }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change what an access key may do, from within a second on.",
            discussion: """
                Example:
                  cairn principals set AKIA... --role reader,decrypt --data ./audit
                """
        )

        @Argument(help: "The access key.")
        var id: String

        @Option(help: "What it may do: roles and permissions joined by commas, or none.")
        var role: String

        @OptionGroup var data: DataOptions

        func run() async throws {
            let permissions = try Principals.permissions(role == "none" ? "" : role)
            try await Principals.change(id, data) { $0.permissions = permissions }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a disabled access key and its token in again.")
        @Argument(help: "The access key.")
        var id: String
        @OptionGroup var data: DataOptions
        func run() async throws { try await Principals.change(id, data) { $0.isDisabled = false } }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse an access key and its token, from within a second on.")
        @Argument(help: "The access key.")
        var id: String
        @OptionGroup var data: DataOptions
        func run() async throws { try await Principals.change(id, data) { $0.isDisabled = true } }
    }

    // MARK: What they share

    private static func change(_ id: String, _ data: DataOptions, _ change: (inout Principal) -> Void) async throws {
        let access = try await DataDirectoryAccess(data)
        do { try await access.catalog.changePrincipal(id, change) } catch { throw Failure(error) }
    }

    /// Keeps a principal and its secret, and prints what nobody will see again.
    private static func add(_ principal: Principal, _ made: Credentials, _ access: DataDirectoryAccess) async throws {
        try await access.keyring().keep(made.secret, as: AccessKeys.secretName(made.accessKeyID))
        try await access.catalog.add(principal)
        Terminal.write(made.profile(named: "cairn-\(SafeText.shown(principal.name))"))
    }

    /// Roles and permissions joined by commas.
    private static func permissions(_ text: String) throws -> [Permission] {
        var all: Swift.Set<Permission> = []
        for name in text.split(separator: ",").map(String.init) {
            if let role = Role(rawValue: name) {
                all.formUnion(role.permissions)
            } else if let permission = Permission(rawValue: name) {
                all.insert(permission)
            } else {
                let known = Role.allCases.map(\.rawValue) + Permission.allCases.map(\.rawValue)
                throw Failure(
                    "--role: expected \(known.joined(separator: ", ")), joined by commas, found '\(name)'", exit: .usage
                )
            }
        }
        return all.sorted()
    }

    /// The role that permissions are, or their names.
    private static func words(_ permissions: [Permission]) -> String {
        if let role = Role.allCases.first(where: { $0.permissions == permissions }) { return role.rawValue }
        return permissions.isEmpty ? "nothing" : permissions.map(\.rawValue).joined(separator: ",")
    }
}
