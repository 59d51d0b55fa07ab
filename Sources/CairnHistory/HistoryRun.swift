import CairnFormat
import CairnNative

/// Events of a partition that are put into history together: in blocks of one account each, and by every value that they are
/// looked up by.
struct HistoryRun {
    /// The most events of a block: what must be opened to show one of them.
    static let blockEventCountMax = 64
    /// How an entry names an event: the block's number in the run, and the event's in the block.
    private static let indexBits = 6

    /// A block before it is compressed and sealed: each event with its length before it.
    struct Block {
        let account: AccountID
        fileprivate(set) var count = 0
        fileprivate(set) var bytes: [UInt8] = []
    }

    /// An event that has a value.
    struct Entry: Equatable {
        let time: Int64
        /// Block and index.
        let position: UInt32

        var block: Int { Int(position >> HistoryRun.indexBits) }
        var index: Int { Int(position & UInt32(HistoryRun.blockEventCountMax - 1)) }
    }

    private(set) var blocks: [Block] = []
    private(set) var count = 0
    private(set) var byteCount = 0
    /// By the hash of a value.
    private(set) var entries: [[UInt8]: [Entry]] = [:]
    /// Of each account the block that is being filled.
    private var filling: [AccountID: Int] = [:]

    var isEmpty: Bool { count == 0 }

    /// - Parameter hashes: of the values that the event is looked up by, and of its account and Region alone; may be there twice.
    mutating func add(_ event: ArraySlice<UInt8>, of account: AccountID, time: EventTime, hashes: [[UInt8]]) {
        let number: Int
        if let open = filling[account], blocks[open].count < Self.blockEventCountMax {
            number = open
        } else {
            number = blocks.count
            blocks.append(Block(account: account))
            filling[account] = number
        }
        let entry = Entry(
            time: time.seconds, position: UInt32(number) << Self.indexBits | UInt32(blocks[number].count))
        blocks[number].count += 1
        blocks[number].bytes.append(number: UInt32(event.count))
        blocks[number].bytes += event
        for hash in hashes where entries[hash]?.last != entry { entries[hash, default: []].append(entry) }
        count += 1
        byteCount += event.count
    }

    /// The event at an index of a block's bytes; nil when they are none of ours.
    static func event(_ index: Int, of bytes: [UInt8]) -> [UInt8]? {
        var at = 0
        for i in 0...index {
            guard at + 4 <= bytes.count else { return nil }
            let length = Int(bytes.number(at: at, as: UInt32.self))
            at += 4
            guard at + length <= bytes.count else { return nil }
            if i == index { return Array(bytes[at..<at + length]) }
            at += length
        }
        return nil
    }

    // MARK: Entries as bytes

    /// Newest first; of equal times the one that came last first.
    static func sorted(_ entries: [Entry]) -> [Entry] {
        entries.sorted { ($0.time, $0.position) > ($1.time, $1.position) }
    }

    /// Of each entry how much older it is than the one before, and its position; numbers of seven bits a byte.
    static func encode(_ sorted: [Entry]) -> [UInt8] {
        var bytes: [UInt8] = []
        var time = sorted.first?.time ?? 0
        for entry in sorted {
            append(UInt64(time - entry.time), to: &bytes)
            append(UInt64(entry.position), to: &bytes)
            time = entry.time
        }
        return bytes
    }

    /// - Returns: nil when the bytes are none of ours.
    static func decode(_ bytes: [UInt8], newest: Int64) -> [Entry]? {
        var (entries, at, time): ([Entry], Int, Int64) = ([], 0, newest)
        while at < bytes.count {
            guard let older = number(bytes, &at), let position = number(bytes, &at), older <= UInt64(Int64.max >> 1),
                let position = UInt32(exactly: position)
            else { return nil }
            let (earlier, isOver) = time.subtractingReportingOverflow(Int64(older))
            guard !isOver else { return nil }
            time = earlier
            entries.append(Entry(time: time, position: position))
        }
        return entries
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func number(_ bytes: [UInt8], _ at: inout Int) -> UInt64? {
        var (number, shift): (UInt64, UInt64) = (0, 0)
        while at < bytes.count, shift < 63 {
            let byte = bytes[at]
            at += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }
}
