import CairnFormat

/// Which accounts' bytes stand where in a partition's log, in blocks, so that delivery and trimming can give them back.
struct LogTally: Sendable {
    private struct Block {
        var first: UInt64
        var last: UInt64
        /// What it holds in all.
        var byteCount = 0
        /// What of it is not delivered yet, or held, by account.
        var accounts: [AccountID: Int] = [:]
    }

    private static let blockByteCount = 8 << 20
    private var blocks: [Block] = []

    mutating func add(_ byteCount: Int, of account: AccountID, at sequence: UInt64) {
        if blocks.isEmpty || blocks[blocks.count - 1].byteCount >= Self.blockByteCount {
            blocks.append(Block(first: sequence, last: sequence))
        }
        blocks[blocks.count - 1].last = max(blocks[blocks.count - 1].last, sequence)
        blocks[blocks.count - 1].byteCount += byteCount
        blocks[blocks.count - 1].accounts[account, default: 0] += byteCount
    }

    /// Adds what a whole segment holds.
    mutating func add(_ accounts: [AccountID: Int], in sequences: Range<UInt64>) {
        guard !sequences.isEmpty else { return }
        blocks.append(
            Block(
                first: sequences.lowerBound, last: sequences.upperBound - 1,
                byteCount: max(Self.blockByteCount, accounts.values.reduce(0, +)), accounts: accounts))
    }

    /// What the blocks before `sequence` hold of accounts that are not in `held`: it is theirs no more.
    mutating func settle(upTo sequence: UInt64, held: Set<AccountID>) -> [(AccountID, Int)] {
        var settled: [(AccountID, Int)] = []
        for i in blocks.indices {
            guard blocks[i].last < sequence else { break }
            for (account, byteCount) in blocks[i].accounts where !held.contains(account) {
                settled.append((account, byteCount))
                blocks[i].accounts[account] = nil
            }
        }
        return settled
    }

    /// Drops the blocks that lie before `first` as a whole, and says what they held.
    mutating func trim(to first: UInt64) -> (byteCount: Int, accounts: [(AccountID, Int)]) {
        var byteCount = 0
        var accounts: [(AccountID, Int)] = []
        while let block = blocks.first, block.last < first {
            byteCount += block.byteCount
            accounts += block.accounts.map { ($0.key, $0.value) }
            blocks.removeFirst()
        }
        return (byteCount, accounts)
    }
}
