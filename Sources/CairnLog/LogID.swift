import CairnNative

/// The 16 bytes that name an entry, so that appending it twice adds it once.
package struct LogID: Sendable, Hashable, Codable {
    package let high: UInt64
    package let low: UInt64

    /// 16 of them.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(number: high)
        bytes.append(number: low)
        return bytes
    }

    init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// - Parameter bytes: 16 bytes.
    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == 16)
        high = bytes.number(at: 0)
        low = bytes.number(at: 8)
    }
}
