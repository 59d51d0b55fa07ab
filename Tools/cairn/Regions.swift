import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnServer
import CairnTerminal
import CairnTrails

/// `cairn regions`
struct Regions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show and add Regions, and say which accounts have enabled those that are opt-in.",
        discussion: """
            A new data directory has CloudTrail's Regions, or those of --regions. Multi-Region trails log in a Region from the moment \
            on when it is added. In an opt-in Region nothing of an account is logged before the account has enabled it; a multi-Region \
            trail of an organization whose home is an opt-in Region takes nothing of members that have not.

            Examples:
              cairn regions add eu-berlin-1 --data ./audit
              cairn regions add me-south-1 --opt-in --data ./audit
              cairn regions enable me-south-1 --accounts 444455556666 --data ./audit
            """,
        subcommands: [List.self, Add.self, Enable.self, Disable.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show Regions.")

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let routing = try await access.catalog.routing()
                let optIn = routing?.optInRegions ?? []
                let rows = (routing?.regions ?? []).map { region in
                    let rule = optIn.first { $0.region == region }
                    return [
                        region.name, rule == nil ? "no" : "yes",
                        rule?.accounts.map(\.description).joined(separator: ", ") ?? "all",
                    ]
                }
                Terminal.write(Terminal.table(["REGION", "OPT-IN", "ENABLED FOR"], rows))
            } catch { throw Failure(error) }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add Regions.")

        @Argument(help: "Names such as eu-berlin-1: words and a number, joined by hyphens.")
        var regions: [String]

        @Flag(help: "Accounts must enable them first.")
        var optIn = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            let new: [Region]
            do throws(FormatError) {
                var all: [Region] = []
                for name in regions { all.append(try Region(name)) }
                new = all
            } catch { throw Failure(error.description, exit: .usage) }
            try await Regions.change(data) { (snapshot) throws(CatalogError) in
                for region in new {
                    guard !snapshot.regions.contains(region) else {
                        throw .refused("there is a Region \(region) already")
                    }
                    snapshot.regions.append(region)
                    if optIn { snapshot.optInRegions.append(OptInRegion(region)) }
                }
            }
        }
    }

    /// A Region, and accounts that enable or disable it.
    struct Choice: ParsableArguments {
        @Argument(help: "An opt-in Region.")
        var region: String

        @Option(help: "Account ids joined by commas.")
        var accounts: String

        @OptionGroup var data: DataOptions

        func set(isEnabled: Bool) async throws {
            let region: Region
            var accounts: [AccountID] = []
            do throws(FormatError) {
                region = try Region(self.region)
                for text in self.accounts.split(separator: ",") { accounts.append(try AccountID(String(text))) }
            } catch { throw Failure(error.description, exit: .usage) }
            let chosen = accounts
            try await Regions.change(data) { (snapshot) throws(CatalogError) in
                guard let i = snapshot.optInRegions.firstIndex(where: { $0.region == region }) else {
                    throw .refused(
                        snapshot.regions.contains(region)
                            ? "\(region) is no opt-in Region: every account has it" : "there is no Region \(region)")
                }
                if let unknown = chosen.first(where: { !snapshot.accounts.contains($0) }) {
                    throw .refused("there is no account \(unknown)")
                }
                snapshot.optInRegions[i].set(chosen, isEnabled: isEnabled)
            }
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Enable an opt-in Region for accounts.")

        @OptionGroup var choice: Choice

        func run() async throws { try await choice.set(isEnabled: true) }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Disable an opt-in Region for accounts: nothing of theirs is logged there from now on.")

        @OptionGroup var choice: Choice

        func run() async throws { try await choice.set(isEnabled: false) }
    }

    private static func change(
        _ data: DataOptions, _ change: (inout MatcherSnapshot) throws(CatalogError) -> Void
    ) async throws {
        let access = try await DataDirectoryAccess(data)
        let revision: UInt64
        do throws(CatalogError) { revision = try await access.catalog.changeRouting(change) } catch {
            throw Failure(error)
        }
        try await access.awaitInForce(revision)
    }
}
