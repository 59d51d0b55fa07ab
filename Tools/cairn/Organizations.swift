import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTrails

/// `cairn organization`
struct Organizations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organization",
        abstract: "Show and change the organization: accounts whose events one account's trails take.",
        discussion: """
            A trail that is made with --organization takes the events of all its accounts and puts each account's log files and \
            digests below AWSLogs/<organization>/<account>/.
            """,
        subcommands: [Show.self, Create.self, Add.self, Remove.self],
        defaultSubcommand: Show.self
    )

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the organization, its accounts and trails.")

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let routing = try await access.catalog.routing()
                guard let organization = routing?.organization else {
                    return Terminal.line("there is no organization: make one with 'cairn organization create'")
                }
                let trails = (routing?.trails ?? []).filter { $0.organization == organization.id }.map(\.name.text)
                Terminal.line("organization \(organization.id)")
                Terminal.line("trails       \(trails.isEmpty ? "none" : trails.joined(separator: ", "))")
                Terminal.line("")
                Terminal.write(
                    Terminal.table(
                        ["ACCOUNT", "ROLE"],
                        organization.accounts.map {
                            [$0.description, $0 == organization.managementAccount ? "management account" : "member"]
                        }))
            } catch { throw Failure(error) }
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the organization; its id is printed.",
            discussion: """
                Example:
                  cairn organization create --data ./audit
                  cairn organization add 444455556666 --data ./audit
                  cairn trails create everyone --bucket org-logs --organization --multi-region --start --data ./audit
                """
        )

        @Option(help: "The account that owns the organization's trails (default: the deployment's own).")
        var managementAccount: String?

        @Option(help: "The organization's id (default: made up).")
        var id: String?

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let organization = Organization(
                    id: try id.map { try OrganizationID($0) } ?? OrganizationID(random: access.seams.random.bytes(8)),
                    managementAccount: try managementAccount.map { try AccountID($0) } ?? access.deployment.account)
                let revision = try await access.catalog.changeRouting { (snapshot) throws(CatalogError) in
                    if let known = snapshot.organization {
                        throw .refused("AlreadyInOrganizationException: there is an organization, \(known.id), already")
                    }
                    guard snapshot.accounts.contains(organization.managementAccount) else {
                        throw .refused(
                            "there is no account \(organization.managementAccount): add it with 'cairn accounts add'")
                    }
                    snapshot.organization = organization
                }
                try await access.awaitInForce(revision)
                Terminal.line(organization.id.text)
            } catch let error as FormatError {
                throw Failure(error.description, exit: .usage)
            } catch let error as CatalogError { throw Failure(error) }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Take accounts in: those that are new become accounts of the deployment, without a trail of their own.")

        @Argument(help: "Account ids: 12 digits.")
        var accounts: [String]

        @OptionGroup var data: DataOptions

        func run() async throws {
            try await Organizations.change(data) { (snapshot, organization) throws(CatalogError) in
                let new: [AccountID]
                do throws(FormatError) {
                    new = try accounts.map { (text) throws(FormatError) in try AccountID(text) }
                } catch { throw .refused(error.description) }
                organization.add(new)
                snapshot.accounts = Set(snapshot.accounts).union(new).sorted()
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Let accounts go: the organization's trails take their events no more. Their files stay, and so do they."
        )

        @Argument(help: "Account ids: 12 digits.")
        var accounts: [String]

        @OptionGroup var data: DataOptions

        func run() async throws {
            try await Organizations.change(data) { (_, organization) throws(CatalogError) in
                for text in accounts {
                    guard let account = try? AccountID(text), organization.remove(account) else {
                        throw .refused(
                            text == organization.managementAccount.description
                                ? "MasterCannotLeaveOrganizationException: \(text) manages the organization"
                                : "AccountNotFoundException: \(text.prefix(100)) is no account of the organization")
                    }
                }
            }
        }
    }

    /// Changes the organization and waits until the change is in force.
    private static func change(
        _ data: DataOptions, _ change: (inout MatcherSnapshot, inout Organization) throws(CatalogError) -> Void
    ) async throws {
        let access = try await DataDirectoryAccess(data)
        do {
            let revision = try await access.catalog.changeRouting { (snapshot) throws(CatalogError) in
                guard var organization = snapshot.organization else {
                    throw .refused(
                        "AWSOrganizationsNotInUseException: there is no organization: make one with 'cairn organization create'"
                    )
                }
                try change(&snapshot, &organization)
                snapshot.organization = organization
            }
            try await access.awaitInForce(revision)
        } catch let error as CatalogError { throw Failure(error) }
    }
}
