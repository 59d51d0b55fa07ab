/// The operators and values of one condition, ready to be compared with an event's field (reference 7.5).
///
/// Bytes are compared: neither case nor Unicode's equivalences make two texts the same.
struct ValuePattern: Sendable {
    private let selecting: [Comparison]
    private let deselecting: [Comparison]

    private struct Comparison: Sendable {
        let end: End
        let value: [UInt8]

        enum End: Sendable { case both, first, last }

        func hits(_ text: Span<UInt8>) -> Bool {
            guard text.count >= value.count, end != .both || text.count == value.count else { return false }
            return text.holds(value, at: end == .last ? text.count - value.count : 0)
        }
    }

    init(_ values: [SelectorOperator: [String]]) {
        func comparisons(isDeselecting: Bool) -> [Comparison] {
            SelectorOperator.allCases.filter { $0.isDeselecting == isDeselecting }.flatMap { comparison in
                let end: Comparison.End =
                    switch comparison {
                    case .equals, .notEquals: .both
                    case .startsWith, .notStartsWith: .first
                    case .endsWith, .notEndsWith: .last
                    }
                return (values[comparison] ?? []).map { Comparison(end: end, value: Array($0.utf8)) }
            }
        }
        selecting = comparisons(isDeselecting: false)
        deselecting = comparisons(isDeselecting: true)
    }

    /// Whether the field's text passes. A field that the event lacks fails selecting operators and passes the others.
    func matches(_ text: String?) -> Bool {
        guard let text else { return selecting.isEmpty }
        let bytes = text.utf8Span.span
        return (selecting.isEmpty || Self.anyHits(selecting, bytes)) && !Self.anyHits(deselecting, bytes)
    }

    private static func anyHits(_ comparisons: [Comparison], _ text: Span<UInt8>) -> Bool {
        for comparison in comparisons where comparison.hits(text) { return true }
        return false
    }
}

extension Span<UInt8> {
    /// Whether `bytes` stand at `start`, where there is room for them.
    func holds(_ bytes: [UInt8], at start: Int) -> Bool {
        for i in bytes.indices where self[start + i] != bytes[i] { return false }
        return true
    }
}
