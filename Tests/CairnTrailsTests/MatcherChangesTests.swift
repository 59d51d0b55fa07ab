import CairnFormat
import CairnTrails
import Testing

@Suite("Lanes that start and stop between two revisions")
struct MatcherChangesTests {
    private func lanes(_ trail: Trail, _ regions: Region...) -> [Lane] {
        regions.map { Lane(trail: trail.id, account: trail.account, region: $0, folder: .trail) }
    }

    private func expectChange(
        _ old: TrailMatcher?,
        _ new: TrailMatcher,
        started: [Lane],
        stopped: [Lane],
        at location: SourceLocation = #_sourceLocation
    ) {
        let changes = TrailMatcher.changes(from: old, to: new)
        #expect(changes.started == started, sourceLocation: location)
        #expect(changes.stopped == stopped, sourceLocation: location)
    }

    @Test("a logging trail's lanes are its account's Regions, sorted")
    func coverage() {
        let matcher = TrailMatcher(
            .fixture(1, home: .usWest2),
            .fixture(2, home: .usWest2, isMultiRegion: true),
            .fixture(3, isLogging: false),
            regions: [.usWest2, .usEast1, .usEast2, .usEast1]
        )
        #expect(matcher.lanes(of: 0) == lanes(.fixture(1), .usWest2))
        #expect(matcher.lanes(of: 1) == lanes(.fixture(2), .usEast1, .usEast2, .usWest2))
        #expect(matcher.lanes(of: 2) == [])
    }

    @Test("the first revision starts all")
    func first() {
        let (a, b) = (Trail.fixture(1), Trail.fixture(2, account: .theirs, isMultiRegion: true))
        let all = lanes(a, .usEast2) + lanes(b, .usEast1, .usEast2, .usWest2)
        expectChange(nil, TrailMatcher(b, a), started: all, stopped: [])
    }

    @Test("the same trails change nothing, whatever their selectors, bucket or order")
    func nothing() {
        var changed = Trail.fixture(1)
        changed.selectors = .data("AWS::S3::Object")
        changed.bucket = try! BucketName("another-bucket")
        changed.compression = .small
        expectChange(
            TrailMatcher(.fixture(1), .fixture(2)), TrailMatcher(.fixture(2), changed), started: [], stopped: [])
    }

    @Test("StartLogging starts, StopLogging stops, a deleted trail stops")
    func startStop() {
        let (on, off) = (TrailMatcher(.fixture()), TrailMatcher(.fixture(isLogging: false)))
        let lane = lanes(.fixture(), .usEast2)
        expectChange(off, on, started: lane, stopped: [])
        expectChange(on, off, started: [], stopped: lane)
        expectChange(on, TrailMatcher(), started: [], stopped: lane)
        expectChange(TrailMatcher(), off, started: [], stopped: [])
    }

    @Test("single to multi-Region starts the other Regions; back again stops them; the home goes on")
    func conversion() {
        let single = Trail.fixture(home: .usEast2)
        let multi = single.converted(toMultiRegion: true)
        let others = lanes(single, .usEast1, .usWest2)
        expectChange(TrailMatcher(single), TrailMatcher(multi), started: others, stopped: [])
        expectChange(TrailMatcher(multi), TrailMatcher(single), started: [], stopped: others)
    }

    @Test("a Region that the deployment gains or loses is gained or lost by multi-Region trails")
    func regions() {
        let (multi, single) = (Trail.fixture(1, isMultiRegion: true), Trail.fixture(2, home: .usEast2))
        let small = TrailMatcher(multi, single, regions: [.usEast2])
        let large = TrailMatcher(multi, single, regions: [.usEast2, .euWest1])
        expectChange(small, large, started: lanes(multi, .euWest1), stopped: [])
        expectChange(large, small, started: [], stopped: lanes(multi, .euWest1))
    }

    @Test("an organization's trail has lanes of each account; accounts that come and go start and stop them")
    func members() {
        let trail = Trail.fixture(organization: .ours)
        let alone = TrailMatcher(trail, organization: .fixture())
        let both = TrailMatcher(trail, organization: .fixture(.theirs))
        let theirs = [Lane(trail: trail.id, account: .theirs, region: .usEast2, folder: .trail)]
        #expect(alone.lanes(of: 0) == lanes(trail, .usEast2))
        #expect(both.lanes(of: 0) == lanes(trail, .usEast2) + theirs)
        expectChange(alone, both, started: theirs, stopped: [])
        expectChange(both, alone, started: [], stopped: theirs)
    }

    @Test(
        "a trail that becomes an organization's ends its own lane and begins it anew: its digests go to other folders")
    func toOrganization() {
        let before = Trail.fixture()
        let after = Trail.fixture(organization: .ours)
        let own = lanes(before, .usEast2)
        let theirs = [Lane(trail: before.id, account: .theirs, region: .usEast2, folder: .trail)]
        let organization = Organization.fixture(.theirs)
        let (old, new) = (
            TrailMatcher(before, organization: organization), TrailMatcher(after, organization: organization)
        )
        expectChange(old, new, started: own + theirs, stopped: own)
        expectChange(new, old, started: own, stopped: own + theirs)
    }

    @Test("a trail made again under its old name is another trail")
    func madeAgain() {
        let (old, new) = (Trail.fixture(1), Trail.fixture(9))
        expectChange(TrailMatcher(old), TrailMatcher(new), started: lanes(new, .usEast2), stopped: lanes(old, .usEast2))
    }
}
