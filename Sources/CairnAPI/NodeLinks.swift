package import CairnCatalog
package import CairnFormat
package import CairnKeys
package import CairnTrails

/// What operations need of the node that they are answered by, besides its catalog.
package struct NodeLinks: Sendable {
    /// Returns once a revision of the routing is in force for what comes in from now on.
    package var awaitInForce: @Sendable (_ revision: UInt64) async throws(APIError) -> Void
    /// The managed key that a name stands for (ARN, id, alias), if it may be used now.
    package var key: @Sendable (_ name: String) async throws(KeyError) -> KeyARN
    /// The public halves of the keys that sign digests.
    package var signingKeys: @Sendable () async throws(KeyError) -> [SigningKey]
    /// How a trail stands in a Region.
    package var status: @Sendable (_ trail: Trail, _ region: Region) async throws(APIError) -> TrailState
    /// Notes durably that a call that changes something is about to be done. When it cannot, the call is not done.
    package var begin: @Sendable (_ record: CallRecord) async throws(APIError) -> Void
    /// Writes a call down in the log: durable once it returns. One that was begun is kept elsewhere while the log does not take it.
    package var record: @Sendable (_ record: CallRecord, _ wasBegun: Bool) async throws(APIError) -> Void
    /// Calls that change something are done one after the other.
    package let turn: ChangeTurn
    /// Takes events in for an account, in a Region: durable once it returns. Of each, why it is not taken; nil: it is.
    package var put:
        @Sendable (_ events: [String], _ principal: Principal, _ peer: String, _ region: Region) async throws(APIError)
            ->
            [EventRefusal?]
    /// Looks events up in event history.
    package var lookup: @Sendable (_ query: EventQuery) async throws(APIError) -> EventPage
    /// 16 random bytes.
    package var random: @Sendable () -> [UInt8]
    /// How hard the log files of new trails are compressed.
    package var compression: CompressionChoice

    package init(
        awaitInForce: @escaping @Sendable (UInt64) async throws(APIError) -> Void,
        key: @escaping @Sendable (String) async throws(KeyError) -> KeyARN,
        signingKeys: @escaping @Sendable () async throws(KeyError) -> [SigningKey],
        status: @escaping @Sendable (Trail, Region) async throws(APIError) -> TrailState,
        begin: @escaping @Sendable (CallRecord) async throws(APIError) -> Void,
        record: @escaping @Sendable (CallRecord, Bool) async throws(APIError) -> Void,
        turn: ChangeTurn,
        put: @escaping @Sendable ([String], Principal, String, Region) async throws(APIError) -> [EventRefusal?],
        lookup: @escaping @Sendable (EventQuery) async throws(APIError) -> EventPage,
        random: @escaping @Sendable () -> [UInt8],
        compression: CompressionChoice
    ) {
        (self.awaitInForce, self.key, self.signingKeys) = (awaitInForce, key, signingKeys)
        (self.status, self.begin, self.record, self.turn) = (status, begin, record, turn)
        (self.put, self.lookup, self.random, self.compression) = (put, lookup, random, compression)
    }
}
