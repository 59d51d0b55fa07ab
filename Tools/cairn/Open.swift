import ArgumentParser
import CairnFormat
import CairnNative
import CairnServer
import CairnTerminal
import FoundationEssentials

/// `cairn open`
struct Open: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the records of delivered log files.",
        discussion: """
            FILE is a path, or an object as notices name it (BUCKET/KEY), which is looked up below DATA/buckets or in S3, where the \
            settings say that the bucket is; s3://BUCKET/KEY is in S3 whatever they say. A file that \
            is not exactly one gzip of {"Records":[…]} is an error. Encrypted files are opened with the keyring of --data; that \
            is an event. Such a file knows its own name: one that lies in DATA/buckets under another is refused, for others \
            --expect compares.

            Examples:
              cairn open audit/buckets/cairn-logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/*.json.gz
              cairn open --format table --data ./audit cairn-logs/AWSLogs/…/….json.gz

            Exit codes: 0 all printed, 1 a file could not be read, 2 wrong usage.
            """
    )

    @Argument(help: "Log files.")
    var files: [String]

    @Option(help: "The ARN that an encrypted file must be bound to, such as arn:aws:s3:::BUCKET/KEY; for one FILE.")
    var expect: String?

    @OptionGroup var data: DataOptions

    @Option(help: "json: one document; ndjson: one record a line; table: time, account, Region, call, who.")
    var format = OutputFormat.ndjson

    func run() async throws {
        guard expect == nil || files.count == 1 else { throw Failure("--expect goes with one file", exit: .usage) }
        let root = try await data.settings().dataDirectory
        let opening = FileOpening(data: data, root: root, expect: expect)
        var rows: [[String]] = []
        var isFirst = true
        if format == .json { Terminal.write("{\"Records\":[") }
        for file in files {
            let records = try await opening.records(file)
            for range in records.ranges {
                switch format {
                case .ndjson: show(records.body, range, after: "\n")
                case .json:
                    if !isFirst { Terminal.write(",") }
                    show(records.body, range, after: "")
                case .table: rows.append(row(Array(records.body[range])))
                }
                isFirst = false
            }
        }
        if format == .json { Terminal.write("]}\n") }
        if format == .table {
            Terminal.write(Terminal.table(["TIME", "ACCOUNT", "REGION", "SOURCE", "NAME", "WHO", "ERROR"], rows))
        }
    }

    /// Raw bytes to a pipe or file; safe text to a terminal.
    private func show(_ body: [UInt8], _ range: Range<Int>, after end: String) {
        if Terminal.outputIsTerminal {
            Terminal.write(SafeText.shown(String(decoding: body[range], as: UTF8.self)) + end)
        } else {
            Terminal.write(Array(body[range]) + Array(end.utf8))
        }
    }

    private func row(_ record: [UInt8]) -> [String] {
        let buffer = record + [UInt8](repeating: 0, count: JSONReader.padding)
        let row = try? JSONReader().read(buffer, 0..<record.count) { fields in
            [
                .eventTime, .recipientAccountId, .awsRegion, .eventSource, .eventName, .userIdentityARN, .errorCode,
            ].map { (name: JSONFields.Name) in fields[name].string ?? "-" }
        }
        return row ?? ["?", "?", "?", "?", "?", "?", "a record that cannot be read"]
    }
}
