import CairnFormat
import FoundationEssentials
import NIOHTTP1

/// User metadata of objects as headers: `x-amz-meta-NAME`; values that are not plain ASCII in the form of RFC 2047, as S3
/// has them.
enum MetadataHeaders {
    private static let prefix = "x-amz-meta-"
    private static let begin = "=?UTF-8?B?"
    private static let end = "?="

    static func headers(_ metadata: [String: String]) -> [(name: String, value: String)] {
        metadata.sorted { $0.key < $1.key }.map { (prefix + $0.key.lowercased(), encoded($0.value)) }
    }

    static func metadata(_ headers: HTTPHeaders) -> [String: String] {
        var metadata: [String: String] = [:]
        for (name, value) in headers where name.lowercased().hasPrefix(prefix) {
            metadata[String(name.lowercased().dropFirst(prefix.count))] = decoded(value)
        }
        return metadata
    }

    private static func encoded(_ value: String) -> String {
        let isPlain =
            value.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !value.hasPrefix(" ") && !value.hasSuffix(" ")
            && !value.hasPrefix("=?")
        return isPlain ? value : begin + Data(value.utf8).base64EncodedString() + end
    }

    private static func decoded(_ value: String) -> String {
        guard value.hasPrefix(begin), value.hasSuffix(end), value.count >= begin.count + end.count,
            let data = Data(base64Encoded: String(value.dropFirst(begin.count).dropLast(end.count))),
            let text = String(validating: data, as: UTF8.self)
        else { return value }
        return text
    }
}
