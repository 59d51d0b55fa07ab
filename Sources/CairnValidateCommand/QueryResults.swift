package import ArgumentParser
import CairnNative
import CairnSystem
import CairnTerminal
import CairnValidation

/// `cairn-validate query-results DIR`
package struct QueryResults: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Validate exported results of CloudTrail Lake queries.",
        discussion: """
            DIRECTORY holds result_sign.json and the files that it names, result_1.csv.gz and so on, as they were exported.

            Example:
              cairn-validate query-results ./export --keys keys.json

            Exit codes: 0 the results hold, 1 could not finish, 2 wrong usage, 3 they do not hold.
            """)

    @Argument(help: "The directory of the export.")
    var directory: String

    @Option(help: "Public keys: what ListPublicKeys answers. Repeatable.")
    var keys: [String] = []

    @Option(help: "text or json: one finding a line, and a summary.")
    var format = ValidateFormat.text

    package init() {}

    package func run() async throws {
        guard !keys.isEmpty else {
            throw ValidateFailure("there are no public keys", hint: "give --keys FILE", exit: .usage)
        }
        var known = PublicKeys(pins: [])
        for file in keys {
            let isInside = ValidateSession.isInside(file, directory)
            known.add(try ValidateSession.read(file), from: isInside ? .found(file) : .given(file))
        }
        let opened: ConfinedDirectory
        do throws(ConfinedDirectory.Problem) { opened = try ConfinedDirectory(directory) } catch {
            throw ValidateFailure("\(directory) cannot be read: \(error)", exit: .usage)
        }
        let output = ValidateOutput(format, isVerbose: false)
        var summary = Summary()
        let (valid, total) = QueryResultsCheck(opened, keys: known).run { finding in
            summary.findings[finding.code, default: 0] += 1
            output.finding(finding)
        }
        output.endResults(summary, valid: valid, total: total)
        if summary.exitCode != 0 { throw ExitCode(summary.exitCode) }
    }
}
