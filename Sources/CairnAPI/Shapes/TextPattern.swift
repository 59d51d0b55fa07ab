/// A pattern that a text must have as a whole, with the words by which the service model states it (reference 11.4).
package struct TextPattern: Sendable {
    /// The regular expression of the service model; what errors name.
    package let text: String
    /// Whether a text has the pattern.
    let fits: @Sendable (String) -> Bool

    private static func made(of alphabet: String, _ text: String) -> TextPattern {
        let allowed = Set(alphabet.utf8)
        return TextPattern(text: text) { !$0.isEmpty && $0.utf8.allSatisfy(allowed.contains) }
    }

    private static let lower = "abcdefghijklmnopqrstuvwxyz"
    private static let digits = "0123456789"
    private static let letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let plain = letters + digits

    /// ARNs, and ids where ARNs may stand.
    static let resource = made(of: plain + "._/-:", #"^[a-zA-Z0-9._/\-:]+$"#)
    /// The place of a channel's destination.
    static let location = made(of: plain + "._/-:*", #"^[a-zA-Z0-9._/\-:*]+$"#)
    /// An IAM role.
    static let role = made(of: plain + "._/-:@=+,", #"^[a-zA-Z0-9._/\-:@=\+,\.]+$"#)
    static let uuid = made(of: "abcdef" + digits + "-", #"^[a-f0-9\-]+$"#)
    static let digitsOnly = made(of: digits, #"\d+"#)
    /// Event data stores and channels.
    static let dottedName = made(of: plain + "._-", #"^[a-zA-Z0-9._\-]+$"#)
    /// Dashboards.
    static let dashedName = made(of: plain + "_-", #"^[a-zA-Z0-9_\-]+$"#)
    static let eventName = made(of: plain + "_", "^[A-Za-z0-9_]+$")
    /// As the model writes it: a class in which the bar is a letter, too.
    static let selectorField = made(of: plain + "_.|", #"[\w|\d|\.|_]+"#)
    static let viewKey = made(of: plain + "._-", #"^[a-zA-Z0-9._\-]+$"#)
    static let viewValue = made(of: plain + "._- ", #"^[a-zA-Z0-9._\- ]+$"#)
    static let parameterKey = made(of: plain + "._/-:$", #"^[a-zA-Z0-9._/\-:$]+$"#)
    static let parameterValue = resource
    static let auditEventID = made(of: plain + "-_", "^[-_A-Za-z0-9]+$")
    static let externalID = TextPattern(text: #"^[\w+=,.@:\/-]*$"#) {
        $0.utf8.allSatisfy(Set((plain + "_+=,.@:/-").utf8).contains)
    }
    /// `\w`, `\s` and some signs.
    static let errorCode = made(of: plain + "_ \t\n\r\u{0B}\u{0C}.,-:[]", #"^[\w\d\s_.,\-:\[\]]+$"#)
    static let prose = TextPattern(text: #"^[ -~\n]*$"#) { text in
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A }
    }

    static let timeOfDay = TextPattern(text: "^[0-9]{2}:[0-9]{2}") { text in
        let bytes = Array(text.utf8)
        return bytes.count == 5 && bytes[2] == UInt8(ascii: ":")
            && [0, 1, 3, 4].allSatisfy { (0x30...0x39).contains(bytes[$0]) }
    }

    static let alias = TextPattern(text: #"^[a-zA-Z][a-zA-Z0-9._\-]*$"#) { text in
        guard let first = text.utf8.first, Set(letters.utf8).contains(first) else { return false }
        return text.utf8.allSatisfy(Set((plain + "._-").utf8).contains)
    }

    static let amazonSource = TextPattern(text: #"^[a-z0-9_-]+\.amazonaws\.com$"#) { text in
        let end = ".amazonaws.com"
        guard text.hasSuffix(end) else { return false }
        let name = text.dropLast(end.count)
        return !name.isEmpty && name.utf8.allSatisfy(Set((lower + digits + "_-").utf8).contains)
    }

    static let s3URI = TextPattern(text: #"s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?"#) { text in
        guard text.hasPrefix("s3://") else { return false }
        let rest = text.dropFirst(5)
        let bucket = Array(rest.prefix { $0 != "/" }.utf8)
        let ends = Set((lower + digits).utf8)
        guard (3...63).contains(bucket.count), ends.contains(bucket[0]), ends.contains(bucket[bucket.count - 1]),
            bucket.allSatisfy({ ends.contains($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") })
        else { return false }
        return !rest.dropFirst(bucket.count).contains("\n")
    }

    static let channelARN = TextPattern(text: "^arn:.*$") { $0.hasPrefix("arn:") && !$0.contains("\n") }
    /// Anything on one line.
    static let line = TextPattern(text: ".*") { !$0.contains("\n") }
    static let fullLine = TextPattern(text: ".+") { !$0.isEmpty && !$0.contains("\n") }
    /// Anything.
    static let anything = TextPattern(text: "(?s).*") { _ in true }
}
