/// The name of a topic, 1 to 256 of `A–Z a–z 0–9 _ -` as in SNS, or of a queue, 1 to 80 of them as in SQS.
package struct TopicName: Sendable, Hashable, Codable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(TopicError) {
        let isPlain = text.utf8.allSatisfy { c in
            (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5A) || (c >= 0x61 && c <= 0x7A) || c == 0x5F || c == 0x2D
        }
        guard (1...256).contains(text.utf8.count), isPlain else { throw .badName(text) }
        self.text = text
    }

    package var description: String { text }
}
