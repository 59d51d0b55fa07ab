import CairnFormat

/// The records of one lane that wait to become a file, and what the file's entry will say of them.
final class LaneBuffer {
    private(set) var body: RecordsBody
    private(set) var oldest = EventTime(seconds: .max)
    private(set) var newest = EventTime(seconds: .min)
    private(set) var principals: [String: Int] = [:]
    /// When the earliest of its events was received, in ms since 1970.
    private(set) var firstReceivedAt: Int64 = .max

    /// - Parameter capacity: how many bytes its body is expected to have.
    init(capacity: Int = 0) { body = RecordsBody(capacity: capacity) }

    var isEmpty: Bool { body.isEmpty }

    /// Appends `count` records that stand joined by commas.
    func append(
        _ bytes: [UInt8], _ range: Range<Int>, count: Int, oldest: EventTime, newest: EventTime, of batch: Batch
    ) {
        body.append(bytes, range, count: count)
        self.oldest = min(self.oldest, oldest)
        self.newest = max(self.newest, newest)
        principals[batch.principal, default: 0] += count
        firstReceivedAt = min(firstReceivedAt, batch.receivedAt)
    }

    /// The content of the file, closed.
    func take() -> LaneContent {
        let count = body.count
        // Given away, not shared: closing a shared body would copy all of it.
        let taken = exchange(&body, with: RecordsBody())
        return LaneContent(
            body: taken.closed(), recordCount: count, oldest: oldest, newest: newest, principals: principals)
    }
}
