import CairnFormat
import CairnTerminal
import CairnValidation
import Synchronization

/// Prints what a run finds: a line or a few for each finding as it comes, and a summary.
final class ValidateOutput: Sendable {
    private let format: ValidateFormat
    private let isVerbose: Bool
    private let lastProgress = Mutex<Int>(-1)

    init(_ format: ValidateFormat, isVerbose: Bool) { (self.format, self.isVerbose) = (format, isVerbose) }

    func begin(trail: String, from: EventTime?, until: EventTime, keys: String) {
        guard format == .text else { return }
        let start = from?.iso8601 ?? "the beginning"
        line("Validating log files for trail \(trail) between \(start) and \(until)")
        line("")
        line("keys: \(keys)")
    }

    func add(_ line: Validation.Line) {
        switch line {
        case .finding(let finding): self.finding(finding)
        case .valid(let kind, let object):
            guard isVerbose else { return }
            Terminal.endProgress()
            switch format {
            case .json:
                json([("type", "\"valid\""), ("kind", JSONText.quoted(kind)), ("object", JSONText.quoted(object))])
            case .text: self.line("\(kind)\t\(object)\tvalid")
            }
        }
    }

    func finding(_ finding: Finding) {
        Terminal.endProgress()
        switch format {
        case .json: json(Self.members(finding))
        case .text:
            line("\(finding.code.rawValue)\t\(finding.object ?? "-")\t\(finding.code.kind.rawValue)")
            let place = [finding.account.map { "account \($0)" }, finding.region, finding.trail.map { "trail \($0)" }]
            let names = place.compactMap { $0 }.joined(separator: ", ")
            if !names.isEmpty { line("    \(names)") }
            if let expected = finding.expected { line("    expected \(expected)") }
            if let found = finding.found { line("    found    \(found)") }
            line("    \(finding.text)")
        }
    }

    static func members(_ finding: Finding) -> [(String, String)] {
        func text(_ value: String?) -> String { value.map(JSONText.quoted) ?? "null" }
        return [
            ("type", "\"finding\""), ("code", text(finding.code.rawValue)), ("class", text(finding.code.kind.rawValue)),
            ("object", text(finding.object)), ("account", text(finding.account)), ("region", text(finding.region)),
            ("trail", text(finding.trail)), ("expected", text(finding.expected)), ("found", text(finding.found)),
            ("text", text(finding.text)),
        ]
    }

    /// At most a few times a second: whenever another hundredth is done.
    func progress(_ progress: Validation.Progress) {
        guard Terminal.talkIsTerminal, progress.digestCount > 0 else { return }
        let part = progress.digests * 100 / progress.digestCount
        let isNew = lastProgress.withLock { last in
            defer { last = part }
            return last != part
        }
        guard isNew else { return }
        Terminal.progress(
            "\(progress.digests) of \(progress.digestCount) digests, \(progress.files) log files, \(progress.byteCount >> 20) MiB"
        )
    }

    func end(_ summary: Summary, from: EventTime?, until: EventTime) {
        Terminal.endProgress()
        switch format {
        case .json: json(Self.members(summary))
        case .text: text(summary, from: from, until: until)
        }
    }

    /// The end of a check of query results.
    func endResults(_ summary: Summary, valid: Int, total: Int) {
        switch format {
        case .json:
            json([
                ("type", "\"summary\""), ("result", JSONText.quoted(summary.result.rawValue)),
                ("filesValid", "\(valid)"),
                ("files", "\(total)"),
            ])
        case .text:
            if summary.findings.isEmpty { line("Successfully validated sign and query result files") }
            line("\(valid)/\(total) result files valid")
            line(summary.result.rawValue)
        }
    }

    /// In the words of the AWS CLI, so that scripts that read them go on working; then what it does not say.
    private func text(_ summary: Summary, from: EventTime?, until: EventTime) {
        let start = from ?? summary.from ?? until
        line("Results requested for \(start) to \(until)")
        if summary.validDigests + summary.invalidDigests == 0 {
            line("No digests found")
        } else if summary.validDigests == 0 {
            line("No valid digests found in range")
        } else if let first = summary.from, let last = summary.until {
            line("Results found for \(max(first, start)) to \(min(last, until)):")
            line("")
        }
        counts(summary.validDigests, summary.invalidDigests, "digest files")
        counts(summary.validBackfills, summary.invalidBackfills, "backfill digest files")
        let files = summary.files
        counts(files.valid + files.contentUnchecked, files.invalid + files.unread, "log files")
        if files.contentUnchecked > 0 {
            line(
                "\(files.contentUnchecked) of them are encrypted and were compared by their stored bytes alone: no key for their content"
            )
        }
        if files.unverified > 0 { line("\(files.unverified) log files are listed only by digests that prove nothing") }
        if summary.pendingFiles > 0 {
            line("\(summary.pendingFiles) log files are newer than the last digest, and not covered yet")
        }
        if summary.notCheckedAgain > 0 { line("\(summary.notCheckedAgain) digests were not checked again") }
        if summary.isAnchored == false { line("the end is not anchored by a later digest") }
        if !summary.untrustedKeys.isEmpty {
            line(
                "keys: found beside the archive, not pinned: whoever could write the archive could have signed it anew")
        }
        let total = summary.findings.values.reduce(0, +)
        line("\(summary.result.rawValue)\(total == 0 ? "" : ": \(total) finding\(total == 1 ? "" : "s")")")
    }

    private func counts(_ valid: Int, _ invalid: Int, _ what: String) {
        let total = valid + invalid
        guard total > 0 else { return }
        line("\(valid)/\(total) \(what) valid" + (invalid > 0 ? ", \(invalid)/\(total) \(what) INVALID" : ""))
    }

    static func members(_ summary: Summary) -> [(String, String)] {
        func text(_ value: String?) -> String { value.map(JSONText.quoted) ?? "null" }
        func list(_ values: [String]) -> String { "[\(values.map(JSONText.quoted).joined(separator: ","))]" }
        let codes = summary.findings.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\(JSONText.quoted($0.key.rawValue)):\($0.value)" }
        let lanes = summary.lanes.map {
            "{\($0.organization.map { "\"organization\":\(text($0))," } ?? "")\"account\":\(text($0.account)),\"region\":\(text($0.region)),\"trail\":\(text($0.trail)),"
                + "\"from\":\(text($0.from?.iso8601)),\"until\":\(text($0.until?.iso8601))}"
        }
        let files = summary.files
        return [
            ("type", "\"summary\""), ("result", text(summary.result.rawValue)),
            ("digestsValid", "\(summary.validDigests)"), ("digestsInvalid", "\(summary.invalidDigests)"),
            ("backfillDigestsValid", "\(summary.validBackfills)"),
            ("backfillDigestsInvalid", "\(summary.invalidBackfills)"),
            ("logsValid", "\(files.valid)"), ("logsInvalid", "\(files.invalid)"), ("logsUnread", "\(files.unread)"),
            ("logsContentUnchecked", "\(files.contentUnchecked)"), ("logsUnverified", "\(files.unverified)"),
            ("logsPending", "\(summary.pendingFiles)"), ("notCheckedAgain", "\(summary.notCheckedAgain)"),
            ("contentBytes", "\(files.contentByteCount)"), ("from", text(summary.from?.iso8601)),
            ("until", text(summary.until?.iso8601)),
            ("anchored", summary.isAnchored.map { "\($0)" } ?? "null"),
            ("keysFrom", list(summary.keyOrigins)), ("keysNotPinned", list(summary.untrustedKeys)),
            ("findings", "{\(codes.joined(separator: ","))}"), ("lanes", "[\(lanes.joined(separator: ","))]"),
        ]
    }

    static func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    private func json(_ members: [(String, String)]) {
        let text = Self.object(members)
        Terminal.line(Terminal.outputIsTerminal ? SafeText.shown(text) : text)
    }

    /// Everything may come from the archive. A tab separates, as in the AWS CLI's lines.
    private func line(_ text: String) {
        let parts = text.split(separator: "\t", omittingEmptySubsequences: false).map { SafeText.shown(String($0)) }
        Terminal.line(parts.joined(separator: "\t"))
    }
}
