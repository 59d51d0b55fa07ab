import CairnNative
import CairnSystem

/// The file in which a log's writer tells readers in other processes how far the log is durable.
///
/// It is written after each sync and not synced itself: after a crash it may be behind, never ahead.
enum EndMark {
    static let fileName = "end"
    private static let mask: UInt64 = 0xA5A5_5A5A_C3C3_3C3C

    static func encode(_ next: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(number: next)
        bytes.append(number: next ^ mask)
        return bytes
    }

    /// The sequence behind the last durable one; nil when the bytes are no whole mark.
    static func decode(_ bytes: [UInt8]) -> UInt64? {
        guard bytes.count == 16 else { return nil }
        let next: UInt64 = bytes.number(at: 0)
        return bytes.number(at: 8, as: UInt64.self) == next ^ mask ? next : nil
    }
}
