/// The ids of the last entries, and where they stand.
struct RecentIDs: Sendable {
    private var sequences: [LogID: UInt64] = [:]
    private var order: [LogID] = []
    private var oldest = 0
    private let countMax: Int

    init(countMax: Int) { self.countMax = countMax }

    subscript(_ id: LogID) -> UInt64? { sequences[id] }

    mutating func add(_ id: LogID, _ sequence: UInt64) {
        if order.count < countMax {
            order.append(id)
        } else {
            sequences.removeValue(forKey: order[oldest])
            order[oldest] = id
            oldest = (oldest + 1) % countMax
        }
        sequences[id] = sequence
    }
}
