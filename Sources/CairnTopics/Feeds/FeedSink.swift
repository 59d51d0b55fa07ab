/// Takes events of trails one by one, elsewhere. Implementations: ``LogGroupSink``, ``EventBusSink``.
package protocol FeedSink: Sendable {
    /// Sends events of one series, in order. What was sent may come again; what is too large, or would never be taken, is left
    /// out and counted.
    ///
    /// - Parameters:
    ///   - events: records as they came in.
    ///   - now: the time of delivery, in ms since 1970.
    func send(_ events: ArraySlice<[UInt8]>, of series: FeedSeries, at now: Int64) async -> FeedProgress
}
