import CairnFormat

/// Which accounts' bytes stand where in a partition's log, in blocks, so that trimming can give them back.
struct LogTally: Sendable {
    private struct Block {
        var first: UInt64
        var byteCount = 0
        var accounts: [AccountID: Int] = [:]
    }

    private static let blockByteCount = 8 << 20
    private var blocks: [Block] = []

    mutating func add(_ byteCount: Int, of account: AccountID, at sequence: UInt64) {
        if blocks.isEmpty || blocks[blocks.count - 1].byteCount >= Self.blockByteCount {
            blocks.append(Block(first: sequence))
        }
        blocks[blocks.count - 1].byteCount += byteCount
        blocks[blocks.count - 1].accounts[account, default: 0] += byteCount
    }

    /// Drops the blocks that lie before `first` as a whole, and says what they held.
    mutating func trim(to first: UInt64) -> [(AccountID, Int)] {
        var dropped: [(AccountID, Int)] = []
        while blocks.count > 1, blocks[1].first <= first {
            dropped += blocks.removeFirst().accounts.map { ($0.key, $0.value) }
        }
        return dropped
    }
}
