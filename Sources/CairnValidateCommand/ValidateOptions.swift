import ArgumentParser

/// What both doors of the validator ask for.
package struct ValidateOptions: ParsableArguments {
    @Option(help: "The directory or tar is the content of this one bucket, as 'aws s3 sync' copies it.")
    var bucket: String?

    @Option(
        help: "Public keys from elsewhere: what ListPublicKeys answers, or cairn's public-keys.json. Repeatable.")
    var keys: [String] = []

    @Option(
        help: ArgumentHelp(
            "Public keys from an API that answers ListPublicKeys: 'aws', or https://HOST, where {region} stands for a Region's name. "
                + "Calls are signed with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."))
    var keysEndpoint: String?

    @Option(
        help:
            "sha256:HEX of the anchor's or a key's DER: such keys are trusted wherever they lie, and others beside the archive do not count. Repeatable."
    )
    var pin: [String] = []

    @Flag(help: "Keys that lie beside the archive do not count: exit 3. --pin says so, too.")
    var requirePinned = false

    @Option(help: "Only this trail's chains. Repeatable; default: every chain found, which --all says.")
    var trailArn: [String] = []

    @Flag(help: "Every chain found (the default).")
    var all = false

    @Option(help: "Only this account. Repeatable.")
    var accountId: [String] = []

    @Option(help: "Only this Region. Repeatable.")
    var region: [String] = []

    @Option(help: "From when on: a date, or a time with Z or an offset (default: from the beginning).")
    var startTime: String?

    @Option(
        help:
            "Until when: all of it must be covered (default: now; the newest digest may be one interval and 15 minutes old)."
    )
    var endTime: String?

    @Option(help: "What 'now' is taken for, such as the time at which a copy was made (default: the clock).")
    var now: String?

    @Option(help: "Accounts that must have digests, joined by commas.")
    var expectAccounts: String?

    @Option(help: "Regions that must have digests, joined by commas.")
    var expectRegions: String?

    @Option(help: "The interval of digests that do not say their own.")
    var digestPeriod = "1h"

    @Flag(help: "In a copy without metadata: the newest digest, whose signature is not at hand, is no finding.")
    var allowUnsignedNewest = false

    @Option(help: "Trail keys as 'cairn keys export-trail-keys' prints them, to open encrypted files.")
    var trailKeys: String?

    @Option(help: "How many files are checked at the same time (default: the number of cores).")
    var threads: Int?

    @Option(help: "Where to remember what was checked; the next run checks what is new. Outside the archive.")
    var state: String?

    @Option(help: "With --state: how much of what was checked to check again, such as 5%.")
    var recheck: String?

    @Option(help: "Write a report in JSON, signed with --report-key, to this file; its signature to FILE.sig.")
    var report: String?

    @Option(help: "The auditor's own RSA private key, PEM.")
    var reportKey: String?

    @Flag(name: .shortAndLong, help: "Name what is valid, too.")
    var verbose = false

    @Option(help: "text or json: one finding a line, and a summary.")
    var format = ValidateFormat.text

    package init() {}
}
