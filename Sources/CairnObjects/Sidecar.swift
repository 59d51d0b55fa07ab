import CairnFormat
import CairnSystem
import FoundationEssentials

/// The file beside an object that holds its user metadata: one JSON object of texts, names sorted.
struct Sidecar {
    static let suffix = ".metadata.json"
    static let byteCountMax = 64 << 10

    /// Nil: the object has no metadata, and no file beside it.
    let bytes: [UInt8]?

    /// The sidecar for a new object; refuses keys and metadata that a directory cannot keep.
    init(_ metadata: [String: String], of location: ObjectLocation) throws(ObjectError) {
        if Self.isOwn(location.key) {
            throw .unacceptable(location, reason: "keys with a part that ends in \(Self.suffix) are the store's own")
        }
        guard !metadata.isEmpty else {
            bytes = nil
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(metadata) else { preconditionFailure("texts are always JSON") }
        guard data.count <= Self.byteCountMax else {
            throw .unacceptable(
                location, reason: "its metadata would have \(data.count) bytes, at most \(Self.byteCountMax) are kept")
        }
        let nameByteCount = location.key.text.utf8.reversed().prefix { $0 != UInt8(ascii: "/") }.count
        guard nameByteCount + Self.suffix.utf8.count <= 255 else {
            throw .unacceptable(
                location,
                reason: "an object with metadata may have \(255 - Self.suffix.utf8.count) bytes in its last part")
        }
        bytes = Array(data)
    }

    /// Whether a key names a file that the store keeps for itself, or one below such a name.
    static func isOwn(_ key: ObjectKey) -> Bool { key.text.split(separator: "/").contains { isOwn($0) } }

    static func isOwn(_ name: some StringProtocol) -> Bool { name.utf8.reversed().starts(with: suffix.utf8.reversed()) }

    /// There are no objects at the store's own names.
    static func refuseToRead(_ location: ObjectLocation) throws(ObjectError) {
        if isOwn(location.key) { throw .notFound(location) }
    }

    /// Reads a sidecar's bytes. What is no metadata counts as none: who expects some sees the difference, and
    /// overwrites.
    static func metadata(_ bytes: [UInt8]) -> [String: String] {
        (try? JSONDecoder().decode([String: String].self, from: Data(bytes))) ?? [:]
    }
}
