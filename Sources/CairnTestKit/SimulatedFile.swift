/// The bytes of a file on a ``SimulatedDisk``: what readers see, and what would survive a loss of power.
struct SimulatedFile {
    /// Disks write sectors whole.
    static let sectorByteCount = 512

    private(set) var durable: [UInt8]
    private(set) var visible: [UInt8]
    /// Written and not synced, in order.
    private var writes: [(offset: Int, bytes: [UInt8])] = []

    /// How many writes are not synced.
    var unsyncedCount: Int { writes.count }

    /// A file that is durable from the beginning.
    init(_ bytes: [UInt8]) {
        durable = bytes
        visible = bytes
    }

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        Self.write(bytes, to: &visible, at: offset)
        writes.append((offset, bytes))
    }

    mutating func sync() {
        for write in writes { Self.write(write.bytes, to: &durable, at: write.offset) }
        writes = []
    }

    /// A sync fails, or power does: of each write all, a beginning, some sectors or nothing reaches the disk, and
    /// nothing later brings the rest there. Readers see what they saw, until power fails.
    ///
    /// - Returns: what became of the writes.
    @discardableResult
    mutating func tear(_ random: SeededRandom) -> LostWrites {
        var losses = LostWrites()
        var isBehind = false
        for write in writes {
            let parts = Self.surviving(write, random)
            let count = parts.reduce(0) { $0 + $1.bytes.count }
            if count == 0 { losses.lostCount += 1 } else if count < write.bytes.count { losses.tornCount += 1 }
            if isBehind, count > 0 { losses.reorderedCount += 1 }
            isBehind = isBehind || count < write.bytes.count
            for part in parts { Self.write(part.bytes, to: &durable, at: part.offset) }
        }
        writes = []
        return losses
    }

    /// Power fails: see ``tear(_:)``.
    ///
    /// - Parameter isKept: says of each write whether it is there, whole; nil: chance decides.
    ///
    /// - Returns: what became of the writes that chance decided about.
    mutating func losePower(_ random: SeededRandom, _ isKept: (() -> Bool)? = nil) -> LostWrites {
        if let isKept {
            for write in writes where isKept() { Self.write(write.bytes, to: &durable, at: write.offset) }
            writes = []
        }
        let losses = tear(random)
        visible = durable
        return losses
    }

    mutating func truncate(to byteCount: Int) {
        sync()
        durable = Array(durable.prefix(byteCount))
        durable += [UInt8](repeating: 0, count: byteCount - durable.count)
        visible = durable
    }

    mutating func flipBit(at offset: Int, bit: Int) {
        if offset < durable.count { durable[offset] ^= 1 << bit }
        if offset < visible.count { visible[offset] ^= 1 << bit }
    }

    private static func surviving(
        _ write: (offset: Int, bytes: [UInt8]), _ random: SeededRandom
    ) -> [(offset: Int, bytes: [UInt8])] {
        let kind = random.below(4)
        if kind == 0 { return [write] }
        if kind == 1 { return [] }
        var sectors: [(offset: Int, bytes: [UInt8])] = []
        var start = 0
        while start < write.bytes.count {
            let end = min(write.bytes.count, start + sectorByteCount - (write.offset + start) % sectorByteCount)
            sectors.append((write.offset + start, Array(write.bytes[start..<end])))
            start = end
        }
        if kind == 2 { return Array(sectors.prefix(random.below(sectors.count + 1))) }
        return sectors.filter { _ in random.below(2) == 0 }
    }

    private static func write(_ bytes: [UInt8], to content: inout [UInt8], at offset: Int) {
        guard !bytes.isEmpty else { return }
        if content.count < offset + bytes.count {
            content += [UInt8](repeating: 0, count: offset + bytes.count - content.count)
        }
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
}
