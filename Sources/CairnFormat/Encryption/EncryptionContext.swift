import CairnNative

/// Names and values that an encrypted file, a wrapped key or a sealed record is bound to: readable by all, changed by
/// nobody unseen.
///
/// Serialised as the AWS Encryption SDK does: count, then for each pair, in order of the names' bytes, length and bytes
/// of name and value; all lengths two bytes, most significant first. No pairs are no bytes at all.
package struct EncryptionContext: Sendable, Equatable, CustomStringConvertible {
    package static let byteCountMax = 65_535

    /// The pairs in order of their names' bytes.
    package let pairs: [(name: String, value: String)]
    /// The serialised form.
    package let bytes: [UInt8]

    package static let empty = EncryptionContext(sorted: [])

    private init(sorted pairs: [(name: String, value: String)]) {
        self.pairs = pairs
        var bytes: [UInt8] = []
        if !pairs.isEmpty {
            bytes.append(bigEndian: UInt16(pairs.count))
            for (name, value) in pairs {
                for text in [name, value] {
                    bytes.append(bigEndian: UInt16(text.utf8.count))
                    bytes.append(contentsOf: text.utf8)
                }
            }
        }
        self.bytes = bytes
    }

    /// - Throws: when it would be too large, or a name begins with `aws-crypto-`, which belongs to the SDKs.
    package init(_ pairs: [String: String]) throws(EncryptedFileProblem) {
        let size = pairs.reduce(2) { $0 + 4 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= Self.byteCountMax else { throw .badContext("\(size) bytes, at most \(Self.byteCountMax) fit") }
        if let reserved = pairs.keys.first(where: { $0.hasPrefix("aws-crypto-") }) {
            throw .badContext("the name \(reserved) is reserved")
        }
        self.init(
            sorted: pairs.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { ($0.key, $0.value) })
    }

    /// Reads the serialised form, which must be exactly what a writer would make.
    package init(parsing range: Range<Int>, of all: [UInt8]) throws(EncryptedFileProblem) {
        guard !range.isEmpty else {
            self = .empty
            return
        }
        var cursor = ByteCursor(all, range)
        guard let count: UInt16 = cursor.number(), count > 0 else { throw .badContext("no count of pairs") }
        var pairs: [(name: String, value: String)] = []
        for _ in 0..<count {
            guard let name = Self.text(&cursor), let value = Self.text(&cursor) else {
                throw .badContext("a pair ends too early, or is no UTF-8")
            }
            if let last = pairs.last, !last.name.utf8.lexicographicallyPrecedes(name.utf8) {
                throw .badContext(last.name == name ? "the name '\(name)' stands twice" : "names out of order")
            }
            pairs.append((name, value))
        }
        guard cursor.isAtEnd else { throw .badContext("bytes behind the last pair") }
        self.init(sorted: pairs)
    }

    private static func text(_ cursor: inout ByteCursor) -> String? {
        guard let count: UInt16 = cursor.number(), let range = cursor.take(Int(count)) else { return nil }
        return String(validating: cursor.bytes[range], as: UTF8.self)
    }

    package subscript(_ name: String) -> String? { pairs.first { $0.name == name }?.value }

    package var description: String { pairs.map { "\($0.name)=\($0.value)" }.joined(separator: ", ") }

    package static func == (a: EncryptionContext, b: EncryptionContext) -> Bool { a.bytes == b.bytes }
}
