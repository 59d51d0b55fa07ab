/// The name of a document: parts of `A–Z a–z 0–9 . _ : @ -` joined by `/`, 1 to 512 bytes.
package struct DocumentKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let text: String

    package init(_ text: String) throws(DocumentError) {
        func isPlain(_ c: UInt8) -> Bool {
            switch c {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default:
                [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "-")]
                    .contains(c)
            }
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard (1...512).contains(text.utf8.count), parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isPlain) }) else {
            throw .badKey(text)
        }
        self.text = text
    }

    package var description: String { text }

    package static func < (a: DocumentKey, b: DocumentKey) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }
}
