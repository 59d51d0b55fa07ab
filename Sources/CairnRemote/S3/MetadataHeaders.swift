import CairnFormat
import NIOHTTP1

/// User metadata of objects as headers: `x-amz-meta-NAME`.
enum MetadataHeaders {
    static func headers(_ metadata: [String: String]) -> [(name: String, value: String)] {
        metadata.sorted { $0.key < $1.key }.map {
            (MetadataText.prefix + $0.key.lowercased(), MetadataText.encoded($0.value))
        }
    }

    static func metadata(_ headers: HTTPHeaders) -> [String: String] {
        var metadata: [String: String] = [:]
        for (name, value) in headers where name.lowercased().hasPrefix(MetadataText.prefix) {
            metadata[String(name.lowercased().dropFirst(MetadataText.prefix.count))] = MetadataText.decoded(value)
        }
        return metadata
    }
}
