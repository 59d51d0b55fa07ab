import CairnNative

/// What routing and bookkeeping need to know of one event without reading its JSON again.
///
/// Made once, at the door, and kept beside the event in the log.
package struct EventOutline: Sendable, Equatable {
    /// What a record says about `readOnly`.
    package enum ReadOnly: UInt8, Sendable { case unsaid = 0, yes = 1, no = 2 }

    /// The sources that management selectors may leave out (reference 7.2).
    package enum ExcludableSource: UInt8, Sendable { case none = 0, kms = 1, rdsdata = 2 }

    package var category: EventCategory
    package var readOnly: ReadOnly
    package var excludable: ExcludableSource
    /// Whether it is an event of a global service (reference 6.5).
    package var isGlobal: Bool
    /// Whether the door made the `eventID` up: such an event has no duplicate.
    package var hasMadeUpID: Bool
    package var time: EventTime
    /// Names the event within its account and Region: from SHA-256 of account, Region and `eventID`.
    package var key: UInt64
    /// Names its bytes and its sender: the first half of SHA-256 over the principal and the bytes as received.
    package var fingerprint: Fingerprint

    /// Half of a SHA-256.
    package struct Fingerprint: Sendable, Hashable {
        package var high: UInt64
        package var low: UInt64

        package init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
    }

    package init(
        category: EventCategory,
        readOnly: ReadOnly,
        excludable: ExcludableSource,
        isGlobal: Bool,
        hasMadeUpID: Bool,
        time: EventTime,
        key: UInt64,
        fingerprint: Fingerprint
    ) {
        self.category = category
        self.readOnly = readOnly
        self.excludable = excludable
        self.isGlobal = isGlobal
        self.hasMadeUpID = hasMadeUpID
        self.time = time
        self.key = key
        self.fingerprint = fingerprint
    }
}
