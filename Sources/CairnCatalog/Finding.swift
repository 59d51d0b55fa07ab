import CairnNative

/// Something an operator must know of, kept until it is looked at.
package struct Finding: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable {
        /// An object that cairn did not write stood at the name of one of its files.
        case plantedObject
        /// Sequences of the log were lost to damage.
        case logGap
        /// The same eventID came again with other bytes or from another sender.
        case conflictingEvent
        /// A file that could not be put goes to another bucket, where its trail delivers now.
        case reAimed
        /// A managed key whose time to be deleted has come is kept, because something needs it.
        case keyKept
        /// The operator gave events up that could not be delivered.
        case abandoned
        /// An embedded topic or a list of deliveries was damaged: what it lost may not have been announced.
        case deliveryLogGap
        /// A delivered file was gone, or another, before its digest was made.
        case missingObject
        /// The archive holds digests that the documents know nothing of.
        case rolledBack
        /// The wall clock departed from the time that passed.
        case clockLeapt
        /// A file of the log was removed or replaced while events were written to it; it was made again.
        case logFileGone
        /// A subscription's destination refused notices for too long: they are dead letters.
        case noticesDead
        /// A subscription's destination was away for longer than its topic keeps notices.
        case noticesLost
        /// Events were not sent to a destination of single events: they were left out, or waited too long.
        case eventsNotSent
    }

    package var kind: Kind
    /// What it is about: an object, a file, an event.
    package var subject: String
    package var text: String
    /// When it was seen first, and how often since, in ms since 1970.
    package var firstAt: Int64
    package var lastAt: Int64
    package var count: Int

    package init(kind: Kind, subject: String, text: String, at: Int64) {
        self.kind = kind
        self.subject = subject
        self.text = text
        (firstAt, lastAt, count) = (at, at, 1)
    }

    /// The document it is kept in: the same for the same subject.
    package var key: String {
        "findings/\(kind.rawValue)-\(SHA256.hash(Array(subject.utf8)).hex.prefix(32))"
    }
}
