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
    /// Whether the log has lost events of the file's range to damage: the file may have been put with more.
    var isPartial = false

    /// What is left where the log has lost everything.
    static var empty: LaneContent { LaneBuffer().take() }
}
