import CairnFormat
import CairnNative

/// What stands in a thinned segment for batches that nobody needs any more.
///
/// A lane whose bucket is away keeps its events in the log, and they stand among everybody's. After a while the segments
/// that only such lanes need are written anew without the others' batches. What was taken out can never be mistaken for
/// nothing: the entry names those whose batches were kept, and who wants another's is told that it is gone.
///
/// As bytes, numbers least significant byte first: how many sequences it stands for (8), how many were kept (4), then of
/// each its account (12 digits), the length of its Region (1) and the Region.
struct ThinnedRun: Equatable {
    /// More are not listed: a segment with so many that still need it is left as it is.
    static let keptCountMax = 1_024

    var span: UInt64
    /// Whose batches were kept.
    var kept: Set<AccountRegion>

    init(span: UInt64, kept: Set<AccountRegion>) {
        self.span = span
        self.kept = kept
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(number: span)
        bytes.append(number: UInt32(kept.count))
        for one in kept.sorted() {
            one.account.append(to: &bytes)
            let name = Array(one.region.name.utf8)
            bytes.append(UInt8(name.count))
            bytes += name
        }
        return bytes
    }

    /// Nil when the bytes are none.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 12 else { return nil }
        span = bytes.number(at: 0)
        let count = Int(bytes.number(at: 8, as: UInt32.self))
        guard span > 0, count <= Self.keptCountMax else { return nil }
        kept = []
        var at = 12
        for _ in 0..<count {
            guard at + 13 <= bytes.count, let account = AccountID(digits: bytes[at..<at + 12]) else { return nil }
            let end = at + 13 + Int(bytes[at + 12])
            guard end <= bytes.count,
                let region = try? Region(String(decoding: bytes[at + 13..<end], as: UTF8.self))
            else { return nil }
            kept.insert(AccountRegion(account: account, region: region))
            at = end
        }
        guard at == bytes.count, kept.count == count else { return nil }
    }
}
