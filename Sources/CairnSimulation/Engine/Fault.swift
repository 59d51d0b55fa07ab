/// What can go wrong in a run, or be done at a bad moment. Each is counted when it strikes.
package enum Fault: String, CaseIterable, Sendable {
    // Processes
    case processKilled = "process killed"
    case processKilledInCall = "process killed within a call"
    case processPaused = "process paused"
    case processRestarted = "process restarted in order"
    case powerLost = "power lost"
    case powerLostInCall = "power lost within a call"
    // The disk
    case writeLost = "unsynced write lost"
    case writeTorn = "unsynced write torn"
    case writesReordered = "unsynced write there without the one before"
    case syncFails = "sync fails"
    case writeFails = "write fails"
    case readFails = "read fails"
    case callFails = "another call of the disk fails"
    case callFailsAfterEffect = "call of the disk fails after its effect"
    case diskFull = "disk full"
    case logRots = "bit of the log flipped at rest"
    case logFileGone = "file of the log moved away by a stranger"
    case logThinned = "segment of the log thinned for held lanes"
    case diskSlow = "disk slow"
    // Documents
    case documentsFail = "documents fail"
    case documentsSlow = "documents slow"
    case documentsAnswerLost = "answer of the documents lost"
    // The store
    case storeFails = "store fails (5xx)"
    case storeThrottles = "store throttles"
    case storeDenies = "store denies (403)"
    case storeConflicts = "store reports a conflict (409)"
    case storeAnswerLost = "answer of the store lost"
    case storeReadFlipped = "bit flipped in transit from the store"
    case fileDeleted = "log file deleted by a stranger"
    case fileRots = "bit of a log file flipped at rest"
    case digestPlanted = "object planted at a digest's name"
    // Streams that several workers write
    case rivals = "two owners who both believe"
    case streamFails = "stream fails"
    case streamAnswerLost = "answer of a stream lost"
    case streamForgetsIDs = "stream forgets ids"
    // Topics, keys
    case topicDown = "topic down"
    case destinationAway = "destination of notices away"
    case destinationAnswerLost = "answer of a destination lost"
    case destinationRefuses = "destination refuses a notice"
    case kmsFails = "KMS fails"
    case kmsSlow = "KMS slow"
    case keyDisabled = "key disabled in flight"
    // Clocks
    case clockStepped = "clock stepped by seconds"
    case clockLeaps = "clock leaps"
    // Senders and consumers
    case requestBreaksOff = "request breaks off"
    case requestSlow = "request comes too slowly"
    case tokenUnknown = "token unknown"
    case sentAgain = "sent again, since no answer came"
    case sentTwice = "sent twice at once"
    case senderVanishes = "sender vanishes"
    case badEvent = "bad event among good ones"
    case consumerForgets = "consumer dies before it acknowledges"
    // Operators
    case trailChanged = "trail changed"
    case selectorsChanged = "selectors changed"
    case bucketMoved = "bucket moved"
    case loggingStopped = "logging stopped"
    case loggingStarted = "logging started"
    case trailRemade = "trail deleted and made again"
    case keyRotated = "key rotated"
    case keyRewrapped = "keys rewrapped"
    case keyDestroyed = "key versions destroyed"
    case trailKeyRenewed = "trail keys renewed"
    case keyShredded = "trail key shredded"

    /// What concerns one bucket, one destination, one topic or one key elsewhere, and whoever sends: nobody else's events may wait for
    /// it.
    static let local: Set<Fault> = [
        .storeDenies, .topicDown, .destinationAway, .destinationAnswerLost, .destinationRefuses, .kmsFails, .kmsSlow,
        .sentAgain, .sentTwice, .senderVanishes, .badEvent, .consumerForgets,
    ]

    /// Whether it is what becomes of others, or of the plan, and is not drawn.
    var isDerived: Bool { [.writeLost, .writeTorn, .writesReordered, .rivals, .logThinned].contains(self) }
}
