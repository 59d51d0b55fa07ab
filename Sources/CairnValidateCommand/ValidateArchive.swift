package import ArgumentParser
import CairnSystem
import CairnTerminal

/// `cairn-validate ARCHIVE`
package struct ValidateArchive: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Validate an archive: every digest and log file, and that nothing is missing or besides.",
        discussion: ValidateArchive.explanation)

    package static let explanation = """
        ARCHIVE is a directory that holds buckets (BUCKET/KEY, user metadata in KEY.metadata.json), such as DATA/buckets of \
        cairn, a tar of one, with --bucket the content of one bucket, or s3://BUCKET (several joined by commas). Archives of AWS CloudTrail and of cairn are validated \
        alike; copies need no network.

        Keys that lie beside the archive prove nothing against whoever may write there: give --keys or --pin.

        Examples:
          cairn-validate ./audit/buckets --pin sha256:9f86d081…
          cairn-validate ./copy --bucket my-logs --keys keys.json --start-time 2026-01-01 --end-time 2026-02-01

        Exit codes: 0 the evidence holds, 1 could not finish, 2 wrong usage, 3 the evidence does not hold. What each finding \
        means and what to do is in docs/VALIDATION.md.
        """

    @Argument(help: "A directory, a tar, or s3://BUCKET.")
    var archive: String

    @OptionGroup var options: ValidateOptions

    @OptionGroup var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "A KMS that opens files encrypted under its keys: 'aws', or https://HOST, where {region} stands for the key's Region. "
                + "Calls are signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."))
    var kmsEndpoint: String?

    package init() {}

    package func run() async throws {
        let kms = try kmsEndpoint.map { try RemoteSources.kms($0, time: SystemTime()) }
        let buckets =
            archive.hasPrefix(ArchiveStore.scheme)
            ? try RemoteSources.buckets(archive, store, time: SystemTime()) : nil
        let session = try await ValidateSession(
            archive: archive, store: buckets?.store, options, fileKeys: kms?.keys, time: SystemTime())
        let code = try await session.run()
        await buckets?.close()
        await kms?.close()
        if code != 0 { throw ExitCode(code) }
    }
}
