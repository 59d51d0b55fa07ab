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
        /// Whether it is a whole segment: nothing is added to it.
        var isSegment = false
    }

    private static let blockByteCount = 8 << 20
    private var blocks: [Block] = []

    mutating func add(_ byteCount: Int, of account: AccountID, at sequence: UInt64) {
        let isFull = blocks.last.map { $0.isSegment || $0.byteCount >= Self.blockByteCount } ?? true
        if isFull {
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
                byteCount: accounts.values.reduce(0, +), accounts: accounts, isSegment: true))
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

    /// Notes that a batch was taken out of the log.
    ///
    /// - Returns: how many bytes that gives back in all, and how many of its account's that were not delivered, or held.
    mutating func drop(_ byteCount: Int, of account: AccountID, at sequence: UInt64) -> (all: Int, account: Int) {
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].last < sequence { low = middle + 1 } else { high = middle }
        }
        guard low < blocks.count, blocks[low].first <= sequence else { return (0, 0) }
        let all = min(byteCount, blocks[low].byteCount)
        blocks[low].byteCount -= all
        guard let open = blocks[low].accounts[account] else { return (all, 0) }
        let settled = min(byteCount, open)
        blocks[low].accounts[account] = open > settled ? open - settled : nil
        return (all, settled)
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
