/// How many log files were found in which state.
package struct FileCounts: Sendable, Equatable {
    package var valid = 0
    package var invalid = 0
    /// Stored bytes hold; content was not looked at for want of a key.
    package var contentUnchecked = 0
    package var unread = 0
    /// Listed by digests that prove nothing.
    package var unverified = 0
    package var contentByteCount = 0

    mutating func add(_ other: FileCounts) {
        valid += other.valid
        invalid += other.invalid
        contentUnchecked += other.contentUnchecked
        unread += other.unread
        unverified += other.unverified
        contentByteCount += other.contentByteCount
    }

    mutating func add(_ outcome: FileOutcome) {
        switch outcome.state {
        case .valid: valid += 1
        case .invalid: invalid += 1
        case .contentUnchecked: contentUnchecked += 1
        case .unread: unread += 1
        }
        contentByteCount += outcome.contentByteCount
    }
}
