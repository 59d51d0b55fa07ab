package import CairnFormat

/// What a run is asked to validate.
package struct Scope: Sendable {
    /// A trail, by its ARN's parts.
    package struct TrailID: Sendable, Hashable {
        package let account: String
        package let home: String
        package let name: String

        /// Nil when the text is no trail's ARN.
        package init?(arn: String) {
            guard let arn = try? ARN(arn), arn.service == "cloudtrail", arn.resource.hasPrefix("trail/") else {
                return nil
            }
            (account, home, name) = (arn.account, arn.region, String(arn.resource.dropFirst(6)))
        }
    }

    /// Empty: every chain that is found.
    package var trails: [TrailID] = []
    package var accounts: Set<String> = []
    package var regions: Set<String> = []
    package var expectedAccounts: [String] = []
    package var expectedRegions: [String] = []
    package var start: EventTime?
    package var end: EventTime?
    package var now: EventTime
    /// The interval of digests that do not say their own, in seconds.
    package var period: Int64 = 3_600
    package var allowsUnsignedNewest = false
    package var requiresPinned = false
    package var threadCount = 1
    /// Whether to name what is valid.
    package var isVerbose = false
    /// What earlier runs have validated; nil: nothing is passed over.
    package var state: ValidationState?
    /// How much of what was validated to check again, from 0 to 1.
    package var recheck = 0.0

    /// How much later than its interval's end a digest may appear, in seconds.
    static let grace: Int64 = 900

    package init(now: EventTime) { self.now = now }

    /// Whether a lane is asked for. Members of an organization's trail have other accounts than the trail.
    func takes(_ lane: LaneName) -> Bool {
        (accounts.isEmpty || accounts.contains(lane.account)) && (regions.isEmpty || regions.contains(lane.region))
            && (trails.isEmpty || trails.contains { $0.name == lane.trail && $0.home == lane.home })
    }

    func takes(account: String) -> Bool { accounts.isEmpty || accounts.contains(account) }
    func takes(region: String) -> Bool { regions.isEmpty || regions.contains(region) }

    /// Whether a day, `YYYY`, `MM`, `DD`, lies before the time asked for.
    func isBefore(year: String, month: String, day: String) -> Bool {
        guard let start, let midnight = EventTime(iso8601: Array("\(year)-\(month)-\(day)T00:00:00Z".utf8)) else {
            return false
        }
        return midnight.seconds < start.seconds
    }

    /// Whether a day, `YYYY`, `MM`, `DD`, may hold something of the time asked for.
    func takes(year: String, month: String, day: String) -> Bool {
        guard let midnight = EventTime(iso8601: Array("\(year)-\(month)-\(day)T00:00:00Z".utf8)) else { return true }
        if let start, midnight.seconds + 2 * 86_400 < start.seconds { return false }
        if let end, midnight.seconds > end.seconds + 2 * 86_400 { return false }
        return true
    }
}
