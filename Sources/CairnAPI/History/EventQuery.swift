package import CairnFormat

/// What LookupEvents asks event history.
package struct EventQuery: Sendable, Equatable {
    package let account: AccountID
    package let region: Region
    /// Nil: every event.
    package let attribute: LookupAttribute?
    package let value: String
    /// Both included, in seconds since 1970.
    package let start: Int64
    package let end: Int64
    /// Where the page before ended, as ``EventPage/next`` said; nil: the newest events are asked for.
    package let after: String?
    package let limit: Int
}
