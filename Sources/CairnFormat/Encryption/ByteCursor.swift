import CairnNative

/// Reads numbers and runs of bytes one behind the other, never beyond the end.
struct ByteCursor {
    let bytes: [UInt8]
    private(set) var place: Int
    private let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        place = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { place == end }

    /// The next number, most significant byte first; nil when too few bytes are left.
    mutating func number<Number: FixedWidthInteger>() -> Number? {
        guard let range = take(MemoryLayout<Number>.size) else { return nil }
        return bytes.bigEndian(at: range.lowerBound)
    }

    /// The place of the next `count` bytes; nil when fewer are left.
    mutating func take(_ count: Int) -> Range<Int>? {
        guard count <= end - place else { return nil }
        defer { place += count }
        return place..<place + count
    }
}
