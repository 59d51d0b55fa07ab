import CairnFormat
import CairnTrails
import Testing

@Suite("Which trails see an event (reference 6.3 to 6.5)")
struct RoutingTests {
    private let event = EventOutline.fixture()
    private let global = EventOutline.fixture(isGlobal: true)

    @Test("a single-Region trail sees its home Region")
    func singleRegion() {
        let matcher = TrailMatcher(.fixture(home: .usEast2))
        #expect(matcher.trails(for: event, region: .usEast2) == [0])
        for region in [Region.usEast1, .usWest2, .euWest1] { #expect(matcher.trails(for: event, region: region) == []) }
    }

    @Test("a multi-Region trail sees every Region of the deployment, and no other")
    func multiRegion() {
        let matcher = TrailMatcher(.fixture(home: .usEast2, isMultiRegion: true))
        for region in [Region.usEast1, .usEast2, .usWest2] {
            #expect(matcher.trails(for: event, region: region) == [0])
        }
        #expect(matcher.trails(for: event, region: .euWest1) == [])
    }

    @Test("a multi-Region trail sees its own partition")
    func partitions() {
        let regions: [Region] = [.usEast1, .cnNorth1, .cnNorthwest1, .usGovWest1]
        let trails = [Region.usEast1, .cnNorth1, .usGovWest1].enumerated().map { i, home in
            Trail.fixture(UInt8(i + 1), home: home, isMultiRegion: true)
        }
        let matcher = TrailMatcher(MatcherSnapshot(revision: 1, regions: regions, accounts: [.ours], trails: trails))
        #expect(regions.map { matcher.trails(for: event, region: $0) } == [[0], [1], [1], [2]])
    }

    @Test("a trail sees its own account")
    func accounts() {
        let matcher = TrailMatcher(.fixture(1, account: .ours), .fixture(2, account: .theirs))
        #expect(matcher.trails(for: event, account: .ours) == [0])
        #expect(matcher.trails(for: event, account: .theirs) == [1])
        let stranger = try! AccountID("999999999999")
        #expect(matcher.trails(for: event, account: stranger) == [])
    }

    @Test("an organization's trail sees all its accounts, beside their own trails; another account's does not")
    func organization() {
        let stranger = try! AccountID("999999999999")
        let trails = [
            Trail.fixture(1, account: .theirs), .fixture(2, organization: .ours),
            .fixture(3, organization: try! OrganizationID("o-anotherorg99")),
        ]
        let matcher = TrailMatcher(trails[0], trails[1], trails[2], organization: .fixture(.theirs))
        #expect(matcher.trails(for: event, account: .theirs) == [0, 1])
        // A trail of an organization that is not there any more is one of its own account.
        #expect(matcher.trails(for: event, account: .ours) == [1, 2])
        #expect(matcher.trails(for: event, account: stranger) == [])
        #expect(TrailMatcher(trails[1], organization: nil).trails(for: event, account: .theirs) == [])
    }

    @Test("a trail is found by its id")
    func byID() {
        let trails = (1...9).map { Trail.fixture(UInt8($0)) }
        let matcher = TrailMatcher(MatcherSnapshot(revision: 1, regions: [], accounts: [], trails: trails))
        for trail in trails { #expect(matcher.trail(trail.id) == trail) }
        for number in [UInt8(0), 10] { #expect(matcher.trail(Trail.fixture(number).id) == nil) }
        #expect(TrailMatcher().trail(trails[0].id) == nil)
    }

    @Test("a trail sees nothing while it doesn't log", arguments: [true, false])
    func notLogging(isMultiRegion: Bool) {
        let matcher = TrailMatcher(.fixture(isMultiRegion: isMultiRegion, isLogging: false))
        #expect(matcher.trails(for: event) == [])
        #expect(matcher.view(account: .ours, region: .usEast2).isEmpty)
        #expect(matcher.lanes(of: 0) == [])
    }

    @Test(
        "global service events go to multi-Region trails, and to flagged single-Region ones of the leading Region",
        arguments: [
            // home, multi-Region, flag, where the event is recorded, taken
            (Region.usEast2, true, true, Region.usEast1, true), (.usEast2, true, true, .usWest2, true),
            (.usEast1, false, true, .usEast1, true), (.usEast1, false, false, .usEast1, false),
            (.usEast2, false, true, .usEast1, false), (.usEast2, false, true, .usEast2, false),
            (.usEast2, false, false, .usEast2, false), (.usEast1, false, true, .usEast2, false),
            (.cnNorth1, false, true, .cnNorth1, true), (.cnNorth1, false, false, .cnNorth1, false),
            (.cnNorthwest1, false, true, .cnNorthwest1, false), (.usGovWest1, false, true, .usGovWest1, true),
            (.usGovEast1, false, true, .usGovEast1, false),
        ]
    )
    func globalEvents(home: Region, isMultiRegion: Bool, flag: Bool, recorded: Region, isTaken: Bool) {
        let trail = Trail.fixture(home: home, isMultiRegion: isMultiRegion, global: flag, selectors: .standard)
        let matcher = TrailMatcher(trail)
        #expect(matcher.trails(for: global, region: recorded) == (isTaken ? [0] : []))
        // The flag is about global events only.
        let seesRegion = isMultiRegion || home == recorded
        #expect(matcher.trails(for: event, region: recorded) == (seesRegion ? [0] : []))
    }

    @Test("the flag holds for data events as well")
    func globalDataEvents() {
        let outline = EventOutline.fixture(.data, isGlobal: true)
        for flag in [true, false] {
            let trail = Trail.fixture(home: .usEast1, global: flag, selectors: .data("AWS::S3::Object"))
            let found = TrailMatcher(trail).trails(for: outline, region: .usEast1, facts: .object("k"))
            #expect(found == (flag ? [0] : []))
        }
    }

    @Test("trails are sorted by id, and matches ascend, whatever the order of the snapshot")
    func order() {
        let trails: [Trail] = [3, 1, 4, 2].map { number in
            .fixture(number, home: number == 4 ? .usWest2 : .usEast2, isMultiRegion: number == 3)
        }
        let matcher = TrailMatcher(
            MatcherSnapshot(revision: 8, regions: [.usEast2, .usWest2, .usEast2], accounts: [], trails: trails)
        )
        #expect(matcher.revision == 8)
        #expect(matcher.trails.map(\.name.text) == ["trail-1", "trail-2", "trail-3", "trail-4"])
        #expect(matcher.trails(for: event) == [0, 1, 2])
        #expect(matcher.trails(for: event, region: .usWest2) == [2, 3])
    }

    @Test("matches are appended to what is there")
    func appended() {
        var found = [7]
        TrailMatcher(.fixture()).view(account: .ours, region: .usEast2).match(event, facts: { nil }, into: &found)
        #expect(found == [7, 0])
    }

    @Test("Insights and aggregated events are no selector's business", arguments: [EventCategory.insight, .aggregated])
    func otherCategories(category: EventCategory) {
        #expect(TrailMatcher(.fixture()).trails(for: .fixture(category), facts: .object("k")) == [])
    }

    @Test("facts are read at most once, and only if a trail may take the event by them")
    func factsOnDemand() {
        let writes = FieldSelector(.readOnly, equals: ["false"])
        let trails = (1...3).map { Trail.fixture(UInt8($0), selectors: .data("AWS::S3::Object", writes)) }
        let snapshot = MatcherSnapshot(revision: 1, regions: [.usEast2], accounts: [], trails: trails + [.fixture(4)])
        let view = TrailMatcher(snapshot).view(account: .ours, region: .usEast2)
        func reads(_ outline: EventOutline) -> (count: Int, found: [Int]) {
            var (count, found) = (0, [Int]())
            let facts = {
                count += 1
                return EventFacts?.some(.object("k"))
            }
            view.match(outline, facts: facts, into: &found)
            return (count, found)
        }
        #expect(reads(.fixture(.management, .no)) == (0, [3]))
        #expect(reads(.fixture(.data, .no)) == (1, [0, 1, 2]))
        #expect(reads(.fixture(.data, .yes)) == (0, []))
        #expect(reads(.fixture(.networkActivity, .no)) == (0, []))
        #expect(reads(.fixture(.data, .no, isGlobal: true)) == (0, []))
    }

    @Test("an event that cannot be read again has no resources, so no data selector takes it")
    func noFacts() {
        #expect(!Selectors.data("AWS::S3::Object").takes(.fixture(.data), nil))
    }

    @Test("a view knows whether all management events are treated alike")
    func uniform() {
        func view(_ trails: Trail...) -> MatcherView {
            TrailMatcher(MatcherSnapshot(revision: 1, regions: [.usEast2], accounts: [], trails: trails))
                .view(account: .ours, region: .usEast2)
        }
        #expect(view().managementTrails == [])
        #expect(view(.fixture(1, isMultiRegion: true), .fixture(2, isMultiRegion: true)).managementTrails == [0, 1])
        // A single-Region trail treats global events unlike others.
        #expect(view(.fixture(1)).managementTrails == nil)
        let reads = Selectors.basic([EventSelector(readWriteType: .readOnly)])
        #expect(view(.fixture(1, isMultiRegion: true, selectors: reads)).managementTrails == nil)
    }
}
