package import CairnFormat
import CairnNative

/// What a segment that was closed in order holds, as its footer says: enough for a start that need not read it again.
///
/// As bytes, numbers least significant byte first: version (1), newest time (8), last time (8), active time (8), number of
/// accounts (4), then for each account its twelve digits and how many bytes of payload are its (8). Entries that are nobody's are
/// not counted.
package struct SegmentSummary: Sendable, Equatable {
    private static let version: UInt8 = 2
    static let headByteCount = 29
    static let accountByteCount = 20
    /// With more accounts than this in one segment there is none, and a start reads the segment.
    static let accountCountMax = 4_096

    /// The latest time of an entry, in ms since 1970.
    package var newest = Int64.min
    /// The time of its last entry, in ms since 1970.
    package var last = Int64.min
    /// The time in which it was written to, from the last entry of the segment before on (``LogClock``), in ms.
    package var active: Int64 = 0
    /// How many bytes of payload each account has.
    package var accounts: [AccountID: Int] = [:]

    /// - Parameter active: by how much the log's clock went on to it.
    mutating func add(_ entry: LogEntry, active: Int64) {
        newest = max(newest, entry.at)
        last = entry.at
        self.active += active
        if let account = entry.account { accounts[account, default: 0] += entry.payload.count }
    }

    /// Nil when there are too many accounts.
    var bytes: [UInt8]? {
        guard accounts.count <= Self.accountCountMax else { return nil }
        var bytes = [Self.version]
        bytes.append(number: newest)
        bytes.append(number: last)
        bytes.append(number: active)
        bytes.append(number: UInt32(accounts.count))
        for (account, byteCount) in accounts.sorted(by: { $0.key < $1.key }) {
            account.append(to: &bytes)
            bytes.append(number: UInt64(byteCount))
        }
        return bytes
    }

    init() {}

    /// Nil when the bytes are no summary.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.headByteCount, bytes[0] == Self.version else { return nil }
        (newest, last, active) = (bytes.number(at: 1), bytes.number(at: 9), bytes.number(at: 17))
        let count = Int(bytes.number(at: 25, as: UInt32.self))
        guard active >= 0, bytes.count == Self.headByteCount + count * Self.accountByteCount else { return nil }
        for index in 0..<count {
            let at = Self.headByteCount + index * Self.accountByteCount
            guard let account = AccountID(digits: bytes[at..<at + 12]),
                let byteCount = Int(exactly: bytes.number(at: at + 12, as: UInt64.self))
            else { return nil }
            accounts[account] = byteCount
        }
    }
}
