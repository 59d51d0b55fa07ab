import FoundationEssentials

/// Entries of the `delivered` log as JSON.
package enum DeliveredCoding {
    package static func encode(_ record: DeliveredRecord) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(record) else { preconditionFailure("a delivered record is always JSON") }
        return Array(data)
    }

    /// Nil when the bytes are no entry of a kind that this cairn knows.
    package static func decode(_ bytes: [UInt8]) -> DeliveredRecord? {
        try? JSONDecoder().decode(DeliveredRecord.self, from: Data(bytes))
    }
}
