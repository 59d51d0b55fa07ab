import CairnCatalog
import CairnDigests
import CairnFormat
import CairnKeys
import CairnLog
import CairnNative
import CairnObjects
import CairnSystem
import CairnTestKit
import CairnValidation
import Synchronization
import Testing

@Suite("A chain of digests")
struct ChainStoryTests {
    @Test("begins with a starting digest that names nothing before it, one interval long, and empty")
    func starting() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.digest()
        let head = try #require(try await world.head())
        #expect((head.chain, head.number) == (1, 1))
        #expect(head.end?.seconds == ChainWorld.start.seconds)
        try await world.expectSound()
        let (summary, _) = try await world.judge()
        #expect(summary.validDigests == 1)
        #expect(summary.lanes.first?.from?.seconds == ChainWorld.start.seconds - 3_600)
    }

    @Test("has a digest for each hour, be it empty, at the lane's own offset")
    func hours() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.turn(.start, ChainWorld.other)
        try await world.digest()
        var ends: Set<Int64> = []
        for i in 0..<5 {
            if i != 2 { try await world.file() }
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
            for region in [ChainWorld.home, ChainWorld.other] {
                ends.insert(try #require(try await world.head(region)?.end).seconds % 3_600)
            }
        }
        #expect(ends.count == 2)
        #expect(try await world.head()?.number == 6)
        try await world.expectSound()
    }

    @Test(
        "ends with a final digest when logging stops; another chain begins when it starts again, and knows the one before"
    )
    func stopAndStart() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.file()
        world.time.advance(by: .seconds(600))
        try await world.turn(.stop)
        try await world.digest()
        #expect(try await world.head()?.isOpen == false)
        try await world.expectSound("stopped")
        world.time.advance(by: .seconds(90_000))
        try await world.digest()
        try await world.expectSound("a day later")
        try await world.turn(.start)
        try await world.file()
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        #expect(try await world.head()?.chain == 2)
        try await world.expectSound("started again")
    }

    @Test(
        "a trail that becomes an organization's, and is one's no longer, has a chain in each folder; a restart knows which is open"
    )
    func organization() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.file()
        for organization in [try OrganizationID("o-exampleorgid"), nil] {
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
            // One marker ends the lane and begins it anew.
            try await world.turn(.stop)
            world.organization = organization
            try await world.turn(.start, inSameCut: true)
            try await world.file()
            try await world.digest()
            #expect(try await world.head()?.isOpen == true)
            // The start is digested: a keeper that begins now knows of it from the heads alone.
            try await world.file()
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
            try await world.file()
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
            let summary = try await world.expectSound("\(organization?.text ?? "none")")
            #expect(summary.files.valid == world.files.count)
            #expect(summary.lanes.map(\.organization) == [nil, "o-exampleorgid"])
        }
        #expect(try await world.head()?.chain == 2)
    }

    @Test("stop and start within one second do not share a name")
    func quickRestart() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        for _ in 0..<5 {
            try await world.turn(.stop)
            try await world.turn(.start)
        }
        try await world.digest()
        #expect(try await world.head()?.chain == 6)
        let (summary, _) = try await world.judge { $0.end = EventTime(seconds: ChainWorld.start.seconds) }
        #expect(summary.findings == [:])
    }

    @Test(
        "a trail made again under its old name goes on with the ends, in a chain of its own", arguments: [false, true])
    func madeAgain(inSameCut: Bool) async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.digest()
        let again = UniqueID(random: [UInt8](repeating: 9, count: 16))
        try await world.turn(.stop)
        try await world.turn(.start, trail: again, inSameCut: inSameCut)
        // What is recorded a second time is no further change.
        try await world.copy()
        try await world.copy()
        try await world.file(trail: again)
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        let head = try #require(try await world.head())
        #expect((head.chain, head.trail) == (2, again))
        try await world.expectSound()
    }

    @Test(
        "a trail made again while files of the old one cannot be put: the chain goes on and lists those of both",
        arguments: [false, true])
    func madeAgainWhileHeld(beginningIsTrimmed: Bool) async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.file()
        try await world.digest()
        let held = world.sequence
        world.sequence += 5
        let again = UniqueID(random: [UInt8](repeating: 9, count: 16))
        try await world.turn(.start, trail: again)
        try await world.file(trail: again)
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        if beginningIsTrimmed {
            // Of the old trail's lane nothing is known then but what the head says.
            let keeper = world.keeper()
            try await world.digest(keeper)
            world.time.advance(by: .seconds(60))
            try await world.digest(keeper)
            try await world.delivered.roll()
            try await world.delivered.trim(upTo: keeper.floor, olderThan: .max)
            #expect(await world.delivered.bounds().first == 5)
        }
        // Now the old trail's last file goes through, and its lane ends.
        let now = world.sequence
        world.sequence = held
        try await world.file()
        world.sequence = held + 4
        try await world.turn(.stop)
        world.sequence = now
        try await world.file(trail: again)
        try await world.copy()
        for _ in 0..<2 {
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
        }
        let summary = try await world.expectSound()
        #expect(summary.files.valid == 4)
        #expect(try await world.head()?.chain == 1)
        // Who begins to follow now knows the new trail's lane from the head alone, and the next stop ends the chain.
        try await world.file(trail: again)
        try await world.turn(.stop, trail: again)
        try await world.digest()
        #expect(try await world.head()?.isOpen == false)
        #expect(try await world.expectSound().files.valid == 5)
    }

    @Test(
        "is announced where its trail says, each digest once, behind the files that it lists", arguments: ["told", nil])
    func announced(topic: String?) async throws {
        let world = try await ChainWorld()
        world.topic = topic
        try await world.turn(.start)
        try await world.digest()
        try await world.file()
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        // A builder that forgot what it did says it again, and the log drops the copy.
        try await world.turn(.stop)
        try await world.digest()
        let chunk = try await world.delivered.read(from: 1, byteCountMax: 1 << 20)
        let told = chunk.frames.filter { $0.kind == .digest }.compactMap { DigestNotice(json: chunk.payload($0)) }
        let keys = world.disk.paths(containing: "CloudTrail-Digest").filter { $0.hasSuffix(".json.gz") }
        #expect(told.count == (topic == nil ? 0 : 3) && keys.count == 3)
        #expect(told.allSatisfy { notice in notice.topic == "told" && keys.contains { $0.hasSuffix(notice.key.text) } })
        #expect(
            chunk.frames.map(\.kind).prefix(4)
                == (topic == nil ? [.delivered, .delivered, .delivered] : [.delivered, .digest, .delivered, .digest]))
        try await world.expectSound()
    }

    @Test("spans a change of bucket and of prefix")
    func moved() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.file()
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        (world.bucket, world.prefix) = (try BucketName("moved"), try KeyPrefix("audit/logs"))
        world.places.withLock { $0[ChainWorld.trail] = TrailPlace(bucket: world.bucket, prefix: world.prefix) }
        try await world.file()
        for _ in 0..<2 {
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
        }
        #expect(try await world.head()?.previous?.bucket.text == "moved")
        try await world.expectSound()
        let (summary, _) = try await world.judge()
        #expect(summary.validDigests == 4)
    }

    @Test("goes on under the next signing key, and after a month under keys whose private halves are gone")
    func rotation() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        var fingerprints: Set<String> = []
        for _ in 0..<7 {
            try await world.file()
            world.time.advance(by: .seconds(6 * 86_400))
            try await world.keyring.maintainSigning([ChainWorld.home])
            try await world.digest()
            fingerprints.insert(try await world.keyring.signingKey(ChainWorld.home).fingerprint)
        }
        #expect(fingerprints.count >= 2)
        #expect(try await world.keyring.manifest().signing.contains { $0.isRetired })
        try await world.expectSound()
    }

    @Test("a node that was down for days makes the missing digests on return, each hour its own")
    func down() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.file()
        try await world.digest()
        world.time.advance(by: .seconds(3 * 86_400))
        try await world.file()
        try await world.digest()
        #expect(try await world.head()?.number ?? 0 >= 72)
        try await world.expectSound()
    }

    @Test("a file that is gone or changed before its digest is signed evidence, not a listed file")
    func missing() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        let gone = try await world.file()
        let changed = try await world.file()
        try await world.file(kind: .abandoned)
        try await world.file()
        try await world.disk.remove("/data/buckets/\(gone)")
        world.disk.corrupt("/data/buckets/\(changed)", at: 20)
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        #expect(world.findings.withLock { $0 } == [.missingObject, .missingObject])
        let (summary, found) = try await world.judge()
        #expect(Set(found.map(\.code)) == [.logLost])
        #expect(found.map(\.found) == ["gone", "altered", "abandoned"])
        #expect(summary.files.valid == 1)
    }

    @Test("a bucket that cannot be read delays its own chains; nothing is taken for missing")
    func denied() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.file()
        try await world.turn(.start, ChainWorld.other)
        world.time.advance(by: ChainWorld.hour)
        world.objects.deny(["logs"])
        try await world.digest()
        #expect(try await world.head()?.number ?? 0 == 0)
        world.objects.deny([])
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        try await world.expectSound()
    }

    @Test("an object planted at a digest's name is a finding, and gives way")
    func planted() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.digest()
        try await world.file()
        world.time.advance(by: ChainWorld.hour)
        world.objects.plant(Array("garbage".utf8), keysContaining: "CloudTrail-Digest")
        try await world.digest()
        #expect(world.findings.withLock { $0 } == [.plantedObject])
        try await world.expectSound()
    }

    @Test("a digest that the store keeps, and does not protect as it is asked to, is not made, however often it is put")
    func notProtected() async throws {
        let world = try await ChainWorld()
        world.storage = StorageRules(encryption: .storeKey, lock: nil)
        world.objects.set(protecting: .ignored)
        try await world.turn(.start)
        for _ in 0..<3 {
            try await world.digest()
            world.time.advance(by: .seconds(120))
        }
        #expect(try await world.head()?.previous == nil)
        #expect(world.reports.withLock { $0.allSatisfy { !$0.hasSuffix("made") } })
        world.objects.set(protecting: .done)
        try await world.digest()
        #expect(try await world.head()?.previous != nil)
        #expect(world.findings.withLock { $0 } == [])
        try await world.expectSound()
    }

    @Test("documents that were rolled back do not overwrite the digests that are there")
    func rolledBack() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.digest()
        let before = world.documents.snapshot()
        for _ in 0..<3 {
            try await world.file()
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
        }
        let keys = try await world.head()?.previous?.key
        let bytes = world.disk.bytes("/data/buckets/logs/\(try #require(keys))")
        world.documents.restore(before)
        try await world.file()
        try await world.digest()
        #expect(world.findings.withLock { $0 }.contains(.rolledBack))
        #expect(world.disk.bytes("/data/buckets/logs/\(try #require(keys))") == bytes)
        #expect(world.disk.paths(containing: "/data/quarantine/").isEmpty)
    }

    @Test("folders of one lane are one chain: it ends when the last of them has stopped")
    func folders() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.turn(.start, ChainWorld.home, .networkActivity)
        try await world.file()
        try await world.file(ChainWorld.home, .networkActivity)
        try await world.turn(.stop)
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        #expect(try await world.head()?.isOpen == true)
        try await world.file(ChainWorld.home, .networkActivity)
        try await world.turn(.stop, ChainWorld.home, .networkActivity)
        try await world.digest()
        #expect(try await world.head()?.isOpen == false)
        try await world.expectSound()
    }

    @Test("what is not digested holds the list of deliveries, what is does not, a minute later")
    func floor() async throws {
        let world = try await ChainWorld()
        let keeper = world.keeper()
        #expect(keeper.floor == 0)
        try await world.turn(.start)
        try await world.file()
        try await world.digest(keeper)
        world.time.advance(by: .seconds(60))
        try await world.digest(keeper)
        #expect(keeper.floor == 2)
        world.time.advance(by: ChainWorld.hour)
        try await world.digest(keeper)
        world.time.advance(by: .seconds(60))
        try await world.digest(keeper)
        #expect(keeper.floor == 3)
        try await world.delivered.trim(upTo: keeper.floor, olderThan: .max)
        try await world.file()
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        try await world.expectSound()
    }

    @Test("trail keys that were destroyed on purpose stand in the next digest of the home Region, once")
    func shredded() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.turn(.start, ChainWorld.other)
        let key = try await world.keyring.standardKey(region: ChainWorld.home, account: ChainWorld.account)
        _ = try await world.keyring.dataKey(
            for: KeyUse(key: key.arn, trail: ChainWorld.trail, account: ChainWorld.account, context: .empty))
        world.time.advance(by: .seconds(40 * 86_400))
        try await world.keyring.maintainSigning([ChainWorld.home, ChainWorld.other])
        _ = try await world.keyring.shred(
            trail: ChainWorld.trail, account: ChainWorld.account, period: "2026-03", isDryRun: false,
            by: KeyActor(.operator, name: "alice")
        ) {}
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        let paths = world.disk.paths(containing: "CloudTrail-Digest").filter { $0.hasSuffix(".gz") }
        let telling = try paths.filter { path in
            let body = try Gunzip.member(try #require(world.disk.bytes(path)), limit: 1 << 20)
            return String(decoding: body, as: UTF8.self).contains(#""shredded":[{"period":"2026-03""#)
        }
        #expect(telling.count == 1)
        #expect(telling.allSatisfy { $0.contains("us-east-1_main") })
        try await world.expectSound()
    }
}
