import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnNative
import CairnServer
import CairnTerminal
import CairnTrails

/// `cairn accounts`
struct Accounts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List and add accounts, and the principals that may write for them.",
        subcommands: [List.self, Add.self, AddPrincipal.self],
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
                        principal.isDisabled ? "disabled" : "active",
                    ]
                }
                Terminal.write(Terminal.table(["PRINCIPAL", "NAME", "ACCOUNTS", "SOURCES", "STATE"], principals))
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
                for text in accounts {
                    let account = try AccountID(text)
                    try await access.establishing.addAccount(
                        account, trail: noTrail ? nil : Establishing.trailName, access.deployment)
                }
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

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let allowed =
                    accounts == "all" ? nil : try accounts.split(separator: ",").map { try AccountID(String($0)) }
                let made = Credentials(random: access.seams.random)
                try await access.catalog.add(
                    Principal(
                        id: made.accessKeyID, name: name, accounts: allowed,
                        sources: sources?.split(separator: ",").map(String.init),
                        tokenHash: SHA256.hash(Array(made.token.utf8))))
                Terminal.write(made.profile(named: "cairn-\(SafeText.shown(name))"))
            } catch let error as FormatError {
                throw Failure(error.description, exit: .usage)
            } catch { throw Failure(error) }
        }
    }
}
