package import ArgumentParser

/// `cairn-validate`
package struct ValidateCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "cairn-validate",
        abstract: "Tells whether an archive of audit logs is what was signed.",
        discussion: ValidateArchive.explanation,
        subcommands: [ValidateArchive.self, QueryResults.self],
        defaultSubcommand: ValidateArchive.self)

    package init() {}
}
