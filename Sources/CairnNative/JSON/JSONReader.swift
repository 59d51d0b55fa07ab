import CSimdJSON

/// Reads audit events one at a time: full validation by RFC 8259 and the fields that routing needs, in one pass.
///
/// simdjson does the work. Where it is stricter than the grammar (integers beyond 64 bits, floats beyond double, lone
/// surrogate escapes in values) a grammar-only reader decides, so that no legal event is refused.
///
/// Not for use by two tasks at once: each task has a reader of its own.
package final class JSONReader {
    /// How many bytes behind an event must be readable. They may hold anything.
    package static let padding = Int(CAIRN_JSON_PADDING)
    /// The deepest nesting accepted, the root counted.
    package static let depthMax = Int(CAIRN_JSON_DEPTH_MAX)

    private let reader: OpaquePointer

    package init() {
        guard let reader = cairn_json_reader_create() else { preconditionFailure("no memory for a JSON reader") }
        self.reader = reader
    }

    deinit { cairn_json_reader_destroy(reader) }

    /// Reads the event at `range` of `buffer` and shows its fields to `body`.
    ///
    /// - Parameter buffer: must go on for at least ``padding`` bytes behind `range`.
    /// - Throws: ``JSONProblem`` when the bytes are no acceptable JSON object.
    package func read<Result>(
        _ buffer: [UInt8],
        _ range: Range<Int>,
        _ body: (borrowing JSONFields) -> Result
    ) throws(JSONProblem) -> Result {
        precondition(
            range.lowerBound >= 0 && range.upperBound + Self.padding <= buffer.count, "an event without padding")
        var event = cairn_json_event()
        var problem = cairn_json_problem()
        let status = buffer.withUnsafeBufferPointer { pointer in
            cairn_json_read(reader, pointer.baseAddress! + range.lowerBound, range.count, &event, &problem)
        }
        guard status == CAIRN_JSON_OK else { throw Self.problem(status, problem) }
        return withUnsafePointer(to: &event) { body(JSONFields(event: $0)) }
    }

    /// Checks that `bytes` are JSON, whatever the root: the grammar, the depth limit, UTF-8.
    package func check(_ bytes: [UInt8]) throws(JSONProblem) {
        try check(bytes + [UInt8](repeating: 0, count: Self.padding), 0..<bytes.count)
    }

    /// The same for the bytes at `range` of `buffer`, which must go on for at least ``padding`` bytes behind it.
    package func check(_ buffer: [UInt8], _ range: Range<Int>) throws(JSONProblem) {
        precondition(range.lowerBound >= 0 && range.upperBound + Self.padding <= buffer.count, "JSON without padding")
        var problem = cairn_json_problem()
        let status = buffer.withUnsafeBufferPointer {
            cairn_json_check(reader, $0.baseAddress! + range.lowerBound, range.count, &problem)
        }
        guard status == CAIRN_JSON_OK else { throw Self.problem(status, problem) }
    }

    private static func problem(_ status: cairn_json_status, _ problem: cairn_json_problem) -> JSONProblem {
        let offset = problem.offset
        return switch status {
        case CAIRN_JSON_EMPTY: .empty
        case CAIRN_JSON_UTF8: .notUTF8(offset: offset)
        case CAIRN_JSON_TOO_DEEP: .tooDeep(offset: offset)
        case CAIRN_JSON_NOT_OBJECT: .notAnObject
        case CAIRN_JSON_REPEATED_NAME:
            .repeatedName(
                String(
                    decoding: UnsafeRawBufferPointer(start: problem.name, count: min(problem.name_length, 200)),
                    as: UTF8.self
                )
            )
        case CAIRN_JSON_SURROGATE_IN_NAME: .surrogateInName(offset: offset)
        case CAIRN_JSON_NO_MEMORY: .noMemory
        default: .grammar(offset: offset, reason: String(cString: problem.reason))
        }
    }
}
