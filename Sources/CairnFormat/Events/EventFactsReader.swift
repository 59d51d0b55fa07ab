import CairnNative

/// Reads the facts of events that the door has already accepted. Not for use by two tasks at once.
package final class EventFactsReader {
    private let json = JSONReader()

    package init() {}

    /// The facts of the event at `range` of `buffer`; nil if the bytes are no acceptable JSON object.
    ///
    /// - Parameter buffer: must go on for at least ``JSONReader/padding`` bytes behind `range`.
    package func read(_ buffer: [UInt8], _ range: Range<Int>) -> EventFacts? {
        try? json.read(buffer, range) { EventFacts($0) }
    }
}
