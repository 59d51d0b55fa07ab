/// One event that may be written down: where its bytes stand, what is appended to them, and where it belongs.
package struct AcceptedEvent: Sendable, Equatable {
    /// The event's bytes in the request, without white space around them.
    package var range: Range<Int>
    /// What replaces the closing brace: the filled fields and the brace itself.
    package var ending: [UInt8]
    package var account: AccountID
    package var region: Region
    package var outline: EventOutline

    /// How many bytes the event has when it is written down.
    package var byteCount: Int { range.count - 1 + ending.count }
}
