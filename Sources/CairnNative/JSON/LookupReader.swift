import CSimdJSON

/// Reads of an accepted event what event history looks events up by. Not for use by two tasks at once.
package final class LookupReader {
    /// The fields there are, as they stand in the event.
    package enum Name: UInt32, CaseIterable, Sendable {
        case eventID, eventName, eventSource, readOnly
        case identityType, userName, principalID, accessKeyID
    }

    /// What was found. Valid inside the closure that it is shown to.
    package struct Fields: ~Copyable {
        private let lookup: UnsafePointer<cairn_json_lookup>

        init(lookup: UnsafePointer<cairn_json_lookup>) { self.lookup = lookup }

        /// A text, or a boolean; ``JSONValue/Kind/absent`` for anything else.
        package subscript(_ name: Name) -> JSONValue {
            let fields = UnsafeRawPointer(lookup).assumingMemoryBound(to: cairn_json_value.self)
            return JSONValue(fields[Int(name.rawValue)])
        }

        package var resourceCount: Int { lookup.pointee.resource_count }

        /// Type and name of a resource: those that the event lists, then those that its request names.
        package func resource(_ index: Int) -> (type: JSONValue, name: JSONValue) {
            precondition(index < lookup.pointee.resource_count)
            let resource = lookup.pointee.resources[index]
            return (JSONValue(resource.type), JSONValue(resource.arn))
        }
    }

    private let reader: OpaquePointer

    package init() {
        guard let reader = cairn_json_lookup_reader_create() else { preconditionFailure("no memory for a reader") }
        self.reader = reader
    }

    deinit { cairn_json_lookup_reader_destroy(reader) }

    /// Reads the event at `range` of `buffer`, which goes on for ``JSONReader/padding`` bytes behind it.
    ///
    /// - Returns: nil when the bytes are no event that simdjson reads.
    package func read<Result>(
        _ buffer: [UInt8], _ range: Range<Int>, _ body: (borrowing Fields) -> Result
    ) -> Result? {
        precondition(
            range.lowerBound >= 0 && range.upperBound + JSONReader.padding <= buffer.count, "an event without padding")
        var lookup = cairn_json_lookup()
        let status = buffer.withUnsafeBufferPointer { pointer in
            cairn_json_look_up(reader, pointer.baseAddress! + range.lowerBound, range.count, &lookup)
        }
        guard status == CAIRN_JSON_OK else { return nil }
        return withUnsafePointer(to: &lookup) { body(Fields(lookup: $0)) }
    }
}
