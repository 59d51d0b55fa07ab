package import CairnFormat

/// What is looked for in event history.
package struct HistoryQuery: Sendable, Equatable {
    package var account: AccountID
    package var region: Region
    /// Nil: every event.
    package var attribute: LookupAttribute?
    package var value: String
    /// Both included, in seconds since 1970.
    package var start: Int64
    package var end: Int64
    /// Events behind this place; nil: from the newest on.
    package var after: HistoryPlace?
    /// The most events.
    package var limit: Int

    package init(
        account: AccountID, region: Region, attribute: LookupAttribute? = nil, value: String = "", start: Int64,
        end: Int64, after: HistoryPlace? = nil, limit: Int
    ) {
        (self.account, self.region, self.attribute, self.value) = (account, region, attribute, value)
        (self.start, self.end, self.after, self.limit) = (start, end, after, limit)
    }
}
