/// Where some frames of a segment begin, so that an entry in its midst is found without a walk from its start.
struct SegmentLandmarks: Sendable {
    private struct Mark: Sendable {
        var sequence: UInt64
        var offset: Int
    }

    /// How far apart landmarks are, at least: in a segment of 64 MiB there are a thousand.
    private static let distance = 64 << 10

    /// Ascending.
    private var marks: [Mark] = []

    /// Notes where a frame begins, if it is far enough behind the last one that is known.
    mutating func note(_ sequence: UInt64, at offset: Int) {
        if let last = marks.last, offset < last.offset + Self.distance { return }
        marks.append(Mark(sequence: sequence, offset: offset))
    }

    /// The nearest place before or at an entry.
    func offset(before sequence: UInt64) -> Int? {
        var (low, high) = (0, marks.count)
        while low < high {
            let middle = (low + high) / 2
            if marks[middle].sequence <= sequence { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : marks[low - 1].offset
    }
}
