import CairnFormat
import CairnTrails
import FoundationEssentials
import Testing

@Suite("A trail")
struct TrailTests {
    @Test(
        "is named by an ARN with its home Region and partition",
        arguments: [
            (Region.usEast2, "arn:aws:cloudtrail:us-east-2:111122223333:trail/trail-1"),
            (.cnNorth1, "arn:aws-cn:cloudtrail:cn-north-1:111122223333:trail/trail-1"),
            (.usGovEast1, "arn:aws-us-gov:cloudtrail:us-gov-east-1:111122223333:trail/trail-1"),
        ]
    )
    func arn(home: Region, arn: String) {
        #expect(Trail.fixture(home: home).arn == arn)
    }

    @Test("made with the defaults is what CreateTrail makes: one Region, global events, no digests, not logging")
    func defaults() throws {
        let trail = try Trail(
            id: UniqueID(random: [UInt8](repeating: 7, count: 16)),
            name: TrailName("main-trail"),
            account: .ours,
            homeRegion: .usEast2,
            bucket: BucketName("amzn-s3-demo-bucket")
        )
        #expect(!trail.isMultiRegion && trail.includesGlobalServiceEvents)
        #expect(!trail.validatesLogFiles && !trail.isLogging)
        #expect(trail.selectors == .standard && !trail.selectors.hasCustom)
        #expect(trail.prefix == nil && trail.topic == nil && trail.compression == .balanced)
    }

    @Test("knows when logging began and ended; what is so already changes nothing")
    func logging() throws {
        var trail = Trail.fixture()
        trail.setLogging(true, at: 1)
        #expect(trail.isLogging && trail.startedAt == nil && trail.stoppedAt == nil)
        trail.setLogging(false, at: 2)
        trail.setLogging(false, at: 3)
        #expect(!trail.isLogging && trail.startedAt == nil && trail.stoppedAt == 2)
        trail.setLogging(true, at: 4)
        #expect(trail.isLogging && trail.startedAt == 4 && trail.stoppedAt == 2)
        let copy = try JSONDecoder().decode(Trail.self, from: try JSONEncoder().encode(trail))
        #expect(copy == trail)
    }

    @Test("over many Regions must include global service events, in the service's own words")
    func multiRegionNeedsGlobal() {
        var trail = Trail.fixture(isMultiRegion: true)
        trail.includesGlobalServiceEvents = false
        let error = #expect(throws: TrailError.multiRegionWithoutGlobal) { try trail.check() }
        #expect(error?.description == "Multi-Region trail must include global service events.")
        #expect(error?.code == "InvalidParameterCombinationException")
    }

    @Test("names a topic", arguments: ["a", "Trail_topic-1", String(repeating: "t", count: 256)])
    func topic(name: String) throws {
        var trail = Trail.fixture()
        trail.topic = name
        try trail.check()
    }

    @Test(
        "refuses what names no topic",
        arguments: ["", "orders.fifo", "töpic", "a b", String(repeating: "t", count: 257)])
    func badTopic(name: String) {
        var trail = Trail.fixture()
        trail.topic = name
        let error = #expect(throws: TrailError.badTopicName(name)) { try trail.check() }
        #expect(error?.code == "InvalidSnsTopicNameException")
    }

    @Test("asks its store to encrypt under its key, or under the store's own, or not; and to hold what it keeps")
    func storage() throws {
        let key = try KeyARN("arn:aws:kms:us-east-2:111122223333:key/12345678-1234-1234-1234-123456789012")
        var trail = Trail.fixture()
        #expect(trail.place == TrailPlace(bucket: trail.bucket, prefix: trail.prefix))
        trail.kmsKey = key
        #expect(trail.place.storage == nil, "cairn encrypts")
        for by in [EncryptedBy.store, .both] {
            trail.encryptedBy = by
            #expect(trail.place.storage?.encryption == .kms(key: key, trailARN: trail.arn))
        }
        trail.kmsKey = nil
        #expect(throws: TrailError.encryptedWithoutKey) { try trail.check() }
        trail.encryptedBy = .store
        #expect(trail.place.storage?.encryption == .storeKey)
        for days in [0, 36_501] {
            trail.objectLock = ObjectLock(mode: .compliance, days: days)
            #expect(throws: TrailError.badLockPeriod(days)) { try trail.check() }
        }
        trail.objectLock = ObjectLock(mode: .compliance, days: 36_500)
        let again = try JSONDecoder().decode(Trail.self, from: try JSONEncoder().encode(trail))
        #expect(again == trail && again.place.storage?.lock == trail.objectLock)
    }

    @Test("refuses selectors that CloudTrail refuses, with their exception")
    func badSelectors() {
        var trail = Trail.fixture()
        trail.selectors = .basic([])
        let error = #expect(throws: TrailError.selectors(.neitherKind)) { try trail.check() }
        #expect(error?.code == "InvalidEventSelectorsException")
    }

    @Test("from one Region to many includes global service events", arguments: [true, false])
    func singleToMulti(global: Bool) throws {
        let trail = Trail.fixture(global: global).converted(toMultiRegion: true)
        #expect(trail.isMultiRegion && trail.includesGlobalServiceEvents)
        try trail.check()
    }

    @Test("from many Regions to one excludes global service events and changes nothing else")
    func multiToSingle() throws {
        let multi = Trail.fixture(isMultiRegion: true)
        var single = multi.converted(toMultiRegion: false)
        #expect(!single.isMultiRegion && !single.includesGlobalServiceEvents)
        single.isMultiRegion = true
        single.includesGlobalServiceEvents = true
        #expect(single == multi)
    }

    @Test("converted to what it is stays as it is", arguments: [true, false])
    func noConversion(global: Bool) {
        let single = Trail.fixture(global: global)
        #expect(single.converted(toMultiRegion: false) == single)
        let multi = Trail.fixture(isMultiRegion: true)
        #expect(multi.converted(toMultiRegion: true) == multi)
    }

    @Test("reads what it writes")
    func coding() throws {
        var trail = Trail.fixture(isMultiRegion: true, selectors: .data("AWS::SQS::Queue"))
        trail.prefix = try KeyPrefix("prod/audit")
        trail.topic = "topic"
        trail.compression = .auto
        let snapshot = MatcherSnapshot(
            revision: 9, regions: [.usEast1], accounts: [.ours], trails: [trail, .fixture(2)])
        let bytes = try JSONEncoder().encode(snapshot)
        #expect(try JSONDecoder().decode(MatcherSnapshot.self, from: bytes) == snapshot)
    }

    @Test("is checked when it is read")
    func decodingChecks() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(Trail.fixture(isMultiRegion: true)), as: UTF8.self)
        let forged = text.replacing(
            "\"includesGlobalServiceEvents\":true", with: "\"includesGlobalServiceEvents\":false")
        #expect(forged != text)
        #expect(throws: TrailError.multiRegionWithoutGlobal) {
            try JSONDecoder().decode(Trail.self, from: Data(forged.utf8))
        }
    }
}
