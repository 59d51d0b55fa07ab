package import CairnFormat
import CairnNative

/// What a segment that was closed in order holds, as its footer says: enough for a start that need not read it again.
///
/// As bytes, numbers least significant byte first: version (1), newest time (8), number of accounts (4), then for each account
/// its twelve digits and how many bytes of payload are its (8). Entries that are nobody's are not counted.
package struct SegmentSummary: Sendable, Equatable {
    private static let version: UInt8 = 1
    private static let headByteCount = 13
    private static let accountByteCount = 20
    /// With more accounts than this in one segment there is none, and a start reads the segment.
    static let accountCountMax = 4_096

    /// The latest time of an entry, in ms since 1970.
    package var newest = Int64.min
    /// How many bytes of payload each account has.
    package var accounts: [AccountID: Int] = [:]

    mutating func add(_ entry: LogEntry) {
        newest = max(newest, entry.at)
        if let account = entry.account { accounts[account, default: 0] += entry.payload.count }
    }

    /// Nil when there are too many accounts.
    var bytes: [UInt8]? {
        guard accounts.count <= Self.accountCountMax else { return nil }
        var bytes = [Self.version]
        bytes.append(number: newest)
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
        newest = bytes.number(at: 1)
        let count = Int(bytes.number(at: 9, as: UInt32.self))
        guard bytes.count == Self.headByteCount + count * Self.accountByteCount else { return nil }
        for index in 0..<count {
            let at = Self.headByteCount + index * Self.accountByteCount
            guard let account = AccountID(digits: bytes[at..<at + 12]),
                let byteCount = Int(exactly: bytes.number(at: at + 12, as: UInt64.self))
            else { return nil }
            accounts[account] = byteCount
        }
    }
}
