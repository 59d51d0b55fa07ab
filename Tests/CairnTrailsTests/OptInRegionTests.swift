import CairnFormat
import CairnTrails
import Foundation
import Testing

@Suite("Opt-in Regions (reference 6.4, 6.7)")
struct OptInRegionTests {
    /// A snapshot in which us-west-2 is opt-in, and has been enabled by the accounts given.
    private func snapshot(_ trail: Trail, enabledBy accounts: AccountID..., organization: Organization? = nil)
        -> MatcherSnapshot
    {
        var made = MatcherSnapshot(
            revision: 1, regions: [.usEast2, .usWest2], accounts: [.ours, .theirs], organization: organization,
            trails: [trail])
        var rule = OptInRegion(.usWest2)
        rule.set(accounts, isEnabled: true)
        made.optInRegions = [rule]
        return made
    }

    private func places(_ snapshot: MatcherSnapshot) -> [String] {
        TrailMatcher(snapshot).lanes(of: 0).map { "\($0.account == .ours ? "ours" : "theirs") \($0.region)" }
    }

    @Test(
        "a multi-Region trail logs in an opt-in Region once its account has enabled it, and no longer once it has not")
    func own() {
        let trail = Trail.fixture(isMultiRegion: true)
        var snapshot = snapshot(trail)
        #expect(places(snapshot) == ["ours us-east-2"])
        #expect(TrailMatcher(snapshot).view(account: .ours, region: .usWest2).isEmpty)
        #expect(snapshot.regions(of: trail) == [.usEast2])
        // Its name is taken there all the same: the account may enable the Region at any time.
        #expect(snapshot.has(trail, in: .usWest2))
        snapshot.optInRegions[0].set([.ours, .theirs], isEnabled: true)
        #expect(places(snapshot) == ["ours us-east-2", "ours us-west-2"])
        #expect(!TrailMatcher(snapshot).view(account: .ours, region: .usWest2).isEmpty)
        snapshot.optInRegions[0].set([.ours], isEnabled: false)
        #expect(places(snapshot) == ["ours us-east-2"] && snapshot.optInRegions[0].accounts == [.theirs])
    }

    @Test(
        "the four cases of an organization's trail: which of its members' events it takes, where the home is opt-in or not",
        arguments: [
            (Region.usEast2, false, ["ours us-east-2", "theirs us-east-2"]), (.usWest2, false, ["theirs us-west-2"]),
            (.usEast2, true, ["ours us-east-2", "theirs us-east-2", "theirs us-west-2"]),
            (.usWest2, true, ["theirs us-east-2", "theirs us-west-2"]),
        ])
    func organization(_ home: Region, _ isMultiRegion: Bool, _ expected: [String]) {
        let trail = Trail.fixture(home: home, isMultiRegion: isMultiRegion, organization: .ours)
        let snapshot = snapshot(trail, enabledBy: .theirs, organization: .fixture(.theirs))
        #expect(places(snapshot) == expected)
        #expect(snapshot.regions(of: trail) == (isMultiRegion ? [.usEast2, .usWest2] : [home]))
    }

    @Test("what was saved before there were opt-in Regions has none, and what has none is saved as before")
    func saved() throws {
        var snapshot = snapshot(.fixture())
        let copy = try JSONDecoder().decode(MatcherSnapshot.self, from: try JSONEncoder().encode(snapshot))
        #expect(copy == snapshot)
        snapshot.optInRegions = []
        let text = String(decoding: try JSONEncoder().encode(snapshot), as: UTF8.self)
        #expect(!text.contains("optIn"))
        #expect(try JSONDecoder().decode(MatcherSnapshot.self, from: Data(text.utf8)).optInRegions.isEmpty)
    }
}
