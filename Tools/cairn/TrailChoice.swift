import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnTerminal
import CairnTrails

/// Which trail's keys are meant.
struct TrailChoice: ParsableArguments {
    @Option(help: "A trail: its name, its ARN or its id (default: all).")
    var trail: String?

    @Option(help: "An account whose events the files hold (default: all).")
    var account: String?

    func resolve(_ access: DataDirectoryAccess) async throws -> (trail: UniqueID?, account: AccountID?) {
        do {
            let account = try self.account.map { try AccountID($0) }
            guard let trail else { return (nil, account) }
            // A trail that was deleted is known by its id alone.
            if let id = try? UniqueID(trail) { return (id, account) }
            let found = (try await access.catalog.routing()?.trails ?? []).filter { candidate in
                candidate.arn == trail
                    || (candidate.name.text == trail && (account == nil || candidate.account == account))
            }
            guard found.count == 1 else {
                throw Failure(
                    found.isEmpty ? "there is no trail '\(trail)'" : "\(found.count) trails are named '\(trail)'",
                    hint: "give its ARN, or its id as 'cairn trails list --format json' shows it", exit: .usage)
            }
            return (found[0].id, account)
        } catch let failure as Failure { throw failure } catch let error as FormatError {
            throw Failure(error.description, exit: .usage)
        } catch { throw Failure(error) }
    }
}
