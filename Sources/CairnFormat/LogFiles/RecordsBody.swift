import CairnNative

/// The uncompressed body of a log file, grown event by event: `{"Records":[…]}` (reference 1.4).
package struct RecordsBody: Sendable {
    /// The largest body of one file, in bytes (reference 1.5).
    package static let byteCountMax = 50_000_000
    private static let head = Array("{\"Records\":[".utf8)
    private static let tail = Array("]}".utf8)

    private var bytes: [UInt8] = RecordsBody.head
    /// How many records it holds.
    package private(set) var count = 0

    /// - Parameter capacity: how many bytes it will hold, as far as is known; it grows by itself.
    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity + Self.tail.count) }

    package var isEmpty: Bool { count == 0 }
    /// What the closed body will measure.
    package var byteCount: Int { bytes.count + Self.tail.count }

    /// Appends records that already stand joined by commas.
    package mutating func append(_ joined: [UInt8], _ range: Range<Int>, count: Int) {
        if self.count > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(joined, range)
        self.count += count
    }

    /// The whole body.
    package consuming func closed() -> [UInt8] {
        bytes.append(contentsOf: Self.tail)
        return bytes
    }
}
