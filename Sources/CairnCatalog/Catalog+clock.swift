package import CairnSystem

extension Catalog {
    private static let clockKey = "clock"

    /// That an operator has said, the last time, that the wall clock is right.
    package struct ClockAcceptance: Sendable, Equatable, Codable {
        package var count: Int
        package var by: String
        /// What the wall clock said then, in ms since 1970.
        package var wall: Int64
    }

    /// Nil when nobody ever did.
    package func clockAcceptance() async throws(CatalogError) -> ClockAcceptance? {
        try await read(Self.clockKey, as: ClockAcceptance.self)?.content
    }

    /// The wall clock of every process on these documents is right, if it says about what this one says.
    package func acceptClock(by name: String, at wall: Timestamp) async throws(CatalogError) {
        _ = try await update(Self.clockKey, initial: ClockAcceptance(count: 0, by: name, wall: wall.milliseconds)) {
            (acceptance) throws(CatalogError) in
            acceptance = ClockAcceptance(count: acceptance.count + 1, by: name, wall: wall.milliseconds)
        }
    }
}
