import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnHTTP
import CairnKeys
import CairnNative
import CairnServer
import CairnTerminal
import CairnTrails

/// `cairn accounts`
struct Accounts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List and add accounts, and the principals that may write for them.",
        subcommands: [List.self, Add.self, AddPrincipal.self, SetPrincipal.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show accounts and principals.")

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let routing = try await access.catalog.routing()
                let rows = (routing?.accounts ?? []).map { account in
                    [
                        account.description,
                        (routing?.trails ?? []).filter { $0.account == account }.map(\.name.text).joined(
                            separator: ", "),
                    ]
                }
                Terminal.write(Terminal.table(["ACCOUNT", "TRAILS"], rows))
                Terminal.line("")
                let principals = try await access.catalog.principals().map { principal in
                    [
                        principal.id, principal.name,
                        principal.accounts?.map(\.description).joined(separator: ",") ?? "all",
                        principal.sources?.joined(separator: ",") ?? "all",
                        (principal.permissions ?? []).map(\.rawValue).joined(separator: ","),
                        principal.isDisabled ? "disabled" : "active",
                    ]
                }
                Terminal.write(
                    Terminal.table(["PRINCIPAL", "NAME", "ACCOUNTS", "SOURCES", "MAY", "STATE"], principals))
            } catch { throw Failure(error) }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add accounts.",
            discussion: """
                Each gets a multi-Region trail 'main' that takes all management events, unless --no-trail is given.

                Example:
                  cairn accounts add 444455556666 --data ./audit
                """
        )

        @Argument(help: "Account ids: 12 digits.")
        var accounts: [String]

        @Flag(help: "Make no trail.")
        var noTrail = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                try await access.establishing().addAccounts(
                    try accounts.map { try AccountID($0) }, trail: noTrail ? nil : Establishing.trailName,
                    access.deployment)
                try await access.awaitInForce(try await access.catalog.routing()?.revision ?? 0)
            } catch let error as FormatError {
                throw Failure(error.description, exit: .usage)
            } catch let error as CatalogError {
                throw Failure(error)
            }
        }
    }

    struct AddPrincipal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-principal",
            abstract: "Make a principal; its token is printed once and kept nowhere.",
            discussion: """
                The output is a profile for the AWS tools' credentials file.

                Example:
                  cairn accounts add-principal billing --accounts 444455556666 --data ./audit >> ~/.aws/credentials
                """
        )

        @Argument(help: "A name for people.")
        var name: String

        @Option(help: "Accounts it may write for, joined by commas, or 'all'.")
        var accounts: String

        @Option(help: "Event sources it is bound to, joined by commas (default: any but cairn's own).")
        var sources: String?

        @Option(
            help: ArgumentHelp(
                "What its access key may do, joined by commas: read (list buckets, read objects as they are stored), decrypt (read log "
                    + "files in clear), consume (receive from queues). Its token may write events alone."))
        var may = ""

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let allowed =
                    accounts == "all" ? nil : try accounts.split(separator: ",").map { try AccountID(String($0)) }
                try check(allowed, known: try await access.catalog.routing()?.accounts ?? [])
                guard try await access.catalog.principals().allSatisfy({ $0.name != name }) else {
                    throw Failure("there is a principal named '\(name)' already", exit: .usage)
                }
                let permissions = try Accounts.permissions(may)
                let made = Credentials(random: access.seams.random)
                try await access.keyring().keep(made.secret, as: AccessKeys.secretName(made.accessKeyID))
                try await access.catalog.add(
                    Principal(
                        id: made.accessKeyID, name: name, accounts: allowed,
                        sources: sources?.split(separator: ",").map(String.init),
                        tokenHash: SHA256.hash(Array(made.token.utf8)), permissions: permissions))
                Terminal.write(made.profile(named: "cairn-\(SafeText.shown(name))"))
            } catch let failure as Failure {
                throw failure
            } catch let error as FormatError {
                throw Failure(error.description, exit: .usage)
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

    /// What an access key may do, from names joined by commas.
    private static func permissions(_ text: String) throws -> [Permission] {
        try text.split(separator: ",").map { name in
            guard let permission = Permission(rawValue: String(name)) else {
                throw Failure(
                    "--may: expected read, decrypt or consume, joined by commas, found '\(name)'", exit: .usage)
            }
            return permission
        }.sorted()
    }

    struct SetPrincipal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-principal",
            abstract:
                "Disable a principal, whose token and key are then refused within a second, enable it again, or change what its key may do.",
            discussion: """
                Examples:
                  cairn accounts set-principal AKIA... --state disabled --data ./audit
                  cairn accounts set-principal AKIA... --may read,consume --data ./audit
                """
        )

        @Argument(help: "Its id, as 'cairn accounts list' shows it.")
        var id: String

        @Option(help: "active or disabled.")
        var state: String?

        @Option(help: "What its access key may do: read, decrypt, consume, joined by commas, or none.")
        var may: String?

        @OptionGroup var data: DataOptions

        func run() async throws {
            if let state, !["active", "disabled"].contains(state) {
                throw Failure("--state: expected active or disabled, found '\(state)'", exit: .usage)
            }
            guard state != nil || may != nil else { throw Failure("give --state or --may", exit: .usage) }
            let permissions = try may.map { try Accounts.permissions($0 == "none" ? "" : $0) }
            let access = try await DataDirectoryAccess(data)
            do {
                try await access.catalog.changePrincipal(id) { principal in
                    if let state { principal.isDisabled = state == "disabled" }
                    if let permissions { principal.permissions = permissions }
                }
            } catch { throw Failure(error) }
        }
    }
}
