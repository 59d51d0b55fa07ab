/// What came of the check of one log file.
struct FileOutcome: Sendable {
    enum State: Sendable {
        case valid
        case invalid
        /// The stored bytes are those that were delivered; what they hold could not be looked at without a key.
        case contentUnchecked
        /// It could not be read.
        case unread
    }

    var state = State.valid
    var finding: Finding?
    var contentByteCount = 0
    /// Events by which logging was stopped or started.
    var turns: [TurnEvent] = []

    init(_ state: State, _ finding: Finding? = nil) { (self.state, self.finding) = (state, finding) }
}
