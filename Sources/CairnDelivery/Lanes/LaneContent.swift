import CairnFormat

/// What one log file will hold.
struct LaneContent: Sendable {
    /// The whole uncompressed body.
    var body: [UInt8]
    var recordCount: Int
    var oldest: EventTime
    var newest: EventTime
    /// How many records each principal sent.
    var principals: [String: Int]
}
