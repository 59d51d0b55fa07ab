/// The name of a document: parts of `A–Z a–z 0–9 . _ : @ -` joined by `/`, 1 to 512 bytes.
package struct DocumentKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let text: String

    package init(_ text: String) throws(DocumentError) {
        // One pass: lists of documents make hundreds of thousands of them.
        var (count, partCount, isGood) = (0, 0, true)
        for c in text.utf8 {
            count += 1
            partCount += 1
            switch c {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
                UInt8(ascii: "@"), UInt8(ascii: "-"):
                continue
            case UInt8(ascii: "/"):
                isGood = isGood && partCount > 1
                partCount = 0
            default: isGood = false
            }
        }
        guard isGood, partCount > 0, count <= 512 else { throw .badKey(text) }
        self.text = text
    }

    package var description: String { text }

    package static func < (a: DocumentKey, b: DocumentKey) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }
}
