import FoundationEssentials

/// Values of user metadata as they stand in headers: those that are not plain ASCII in the form of RFC 2047, as S3 has them.
package enum MetadataText {
    /// What stands before the names.
    package static let prefix = "x-amz-meta-"
    private static let begin = "=?UTF-8?B?"
    private static let end = "?="

    package static func encoded(_ value: String) -> String {
        let isPlain =
            value.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !value.hasPrefix(" ") && !value.hasSuffix(" ")
            && !value.hasPrefix("=?")
        return isPlain ? value : begin + Data(value.utf8).base64EncodedString() + end
    }

    package static func decoded(_ value: String) -> String {
        guard value.hasPrefix(begin), value.hasSuffix(end), value.count >= begin.count + end.count,
            let data = Data(base64Encoded: String(value.dropFirst(begin.count).dropLast(end.count))),
            let text = String(validating: data, as: UTF8.self)
        else { return value }
        return text
    }
}
