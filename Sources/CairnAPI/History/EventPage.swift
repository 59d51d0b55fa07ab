package import CairnFormat

/// A page of events, newest first.
package struct EventPage: Sendable {
    package struct Event: Sendable {
        package let time: Int64
        /// The record, as it came in.
        package let json: String
        package let lookup: EventLookup

        package init(time: Int64, json: String, lookup: EventLookup) {
            (self.time, self.json, self.lookup) = (time, json, lookup)
        }
    }

    package let events: [Event]
    /// Where the next page begins; nil: there is none.
    package let next: String?

    package init(events: [Event], next: String?) { (self.events, self.next) = (events, next) }
}
