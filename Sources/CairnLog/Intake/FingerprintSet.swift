import CairnFormat

/// A set of 128-bit fingerprints: open addressing in one flat array, 16 bytes a slot.
///
/// Fingerprints are parts of SHA-256 already, so a slot is found by a multiplication; a set of the standard library would
/// hash them again, which took 4 % of all intake. The seed keeps a sender from choosing events that share a slot.
struct FingerprintSet: Sendable {
    /// Two words a slot. A slot of zeros is free: no event has that fingerprint, but for one in 2^128.
    private var words: [UInt64] = []
    private var slotCount = 0
    private(set) var count = 0
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed | 1 }

    private func home(_ high: UInt64, _ low: UInt64) -> Int {
        Int(truncatingIfNeeded: ((high ^ low) &* seed) >> 20) & (slotCount - 1)
    }

    /// Where a fingerprint stands, or the free slot where it would.
    private func place(_ high: UInt64, _ low: UInt64) -> (slot: Int, isThere: Bool) {
        var i = home(high, low)
        while true {
            let (a, b) = (words[2 * i], words[2 * i + 1])
            if a == high, b == low { return (i, true) }
            if a | b == 0 { return (i, false) }
            i = (i + 1) & (slotCount - 1)
        }
    }

    func contains(_ print: EventOutline.Fingerprint) -> Bool { slotCount > 0 && place(print.high, print.low).isThere }

    mutating func insert(_ print: EventOutline.Fingerprint) {
        if (count + 1) * 4 > slotCount * 3 { grow() }
        let (slot, isThere) = place(print.high, print.low)
        guard !isThere else { return }
        count += 1
        (words[2 * slot], words[2 * slot + 1]) = (print.high, print.low)
    }

    mutating func remove(_ print: EventOutline.Fingerprint) {
        guard slotCount > 0 else { return }
        let found = place(print.high, print.low)
        guard found.isThere else { return }
        var gap = found.slot
        count -= 1
        let mask = slotCount - 1
        // Those behind move up, unless they stand where they belong.
        var i = (gap + 1) & mask
        while words[2 * i] | words[2 * i + 1] != 0 {
            if (i - home(words[2 * i], words[2 * i + 1])) & mask >= (i - gap) & mask {
                (words[2 * gap], words[2 * gap + 1]) = (words[2 * i], words[2 * i + 1])
                gap = i
            }
            i = (i + 1) & mask
        }
        (words[2 * gap], words[2 * gap + 1]) = (0, 0)
    }

    private mutating func grow() {
        let old = words
        slotCount = max(64, slotCount * 2)
        words = Array(repeating: 0, count: 2 * slotCount)
        for i in stride(from: 0, to: old.count, by: 2) where old[i] | old[i + 1] != 0 {
            let slot = place(old[i], old[i + 1]).slot
            (words[2 * slot], words[2 * slot + 1]) = (old[i], old[i + 1])
        }
    }
}
