import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnServer
import CairnTerminal
import CairnTrails

/// `cairn accounts`
struct Accounts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List and add accounts.",
        subcommands: [List.self, Add.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show accounts and their trails.")

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
}
