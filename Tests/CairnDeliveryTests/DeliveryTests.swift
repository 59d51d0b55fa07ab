import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnLog
import CairnNative
import CairnObjects
import CairnSystem
import CairnTestKit
import CairnTopics
import CairnTrails
import Testing

@Suite("Every accepted event is in exactly one file of each lane that takes it")
struct DeliveryTests {
    /// Where the first frame of a segment begins.
    static let frames = 80

    static func world(seed: UInt64 = 1) async throws -> World {
        let world = World(seed: seed)
        try await world.trails { $0 = [try! World.trail("main")] }
        try await world.open()
        return world
    }

    @Test("one cut, two lanes, two files; bytes as they came")
    func simple() async throws {
        let world = try await Self.world()
        try await world.send(3)
        try await world.send(2, to: World.regions[1])
        try await world.deliver(try await world.worker())
        try world.check()
        #expect(world.disk.paths(containing: "/data/buckets/").count == 2)
    }

    @Test("nothing is cut before its age, and all of it then")
    func age() async throws {
        let world = try await Self.world()
        let cuts = SharedCuts(try await world.worker())
        while try await cuts.step() {}
        try await world.send()
        while try await cuts.step() {}
        #expect(world.disk.paths(containing: "/data/buckets/").isEmpty)
        world.time.advance(by: .milliseconds(4_999))
        #expect(try await !cuts.step())
        world.time.advance(by: .milliseconds(1))
        while try await cuts.step() {}
        try world.check()
    }

    @Test("a batch is routed by the marker before it: a stopped trail, a new one, a new bucket")
    func markers() async throws {
        let world = try await Self.world()
        try await world.send(2)
        try await world.trails { $0[0].setLogging(false, at: 1) }
        try await world.send(2)
        try await world.trails { trails in
            trails[0].setLogging(true, at: 1)
            trails[0].bucket = try! BucketName("other")
            trails.append(try! World.trail("second", bucket: "second", multiRegion: false))
        }
        try await world.send(2)
        try await world.send(1, to: World.regions[1])
        try await world.deliver(try await world.worker())
        #expect(try world.places(bucket: "logs").keys.sorted() == ["e1", "e2"])
        #expect(try world.places(bucket: "other").keys.sorted() == ["e5", "e6", "e7"])
        #expect(try world.places(bucket: "second").keys.sorted() == ["e5", "e6"])
    }

    @Test("lanes begin and end in the delivered log, where the markers say")
    func startAndStop() async throws {
        let world = try await Self.world()
        try await world.send()
        try await world.trails { $0[0].setLogging(false, at: 1) }
        let context = try await world.worker()
        try await world.deliver(context)
        let log = ReadOnlyLog(disk: world.disk, directory: "/data/delivered/0", keys: .fixed)
        let chunk = try await log.read(from: 1, byteCountMax: 1 << 20)
        let records = chunk.frames.compactMap { DeliveredCoding.decode(chunk.payload($0)) }
        #expect(records.map(\.kind) == [.start, .start, .file, .stop, .stop])
        #expect(records.map(\.from) == [1, 1, 2, 3, 3])
    }

    @Test("a full lane is cut alone and early, and loses nothing")
    func early() async throws {
        let world = try await Self.world()
        world.settings.cutByteCount = 2_000
        let context = try await world.worker()
        let shared = SharedCuts(context)
        for i in 0..<20 {
            try await world.send(3, size: 200)
            try await world.send(1, to: World.regions[1])
            if i % 3 == 0 { while try await shared.step() {} }
        }
        try await world.deliver(context)
        try world.check()
        #expect(world.disk.paths(containing: "/us-east-1/").count > 5)
        #expect(world.disk.paths(containing: "/eu-west-1/").count < 12)
    }

    @Test("a lane whose bucket is denied is set apart, the others go on, and it catches up, over markers too")
    func apart() async throws {
        let world = try await Self.world()
        try await world.trails { $0.append(try! World.trail("second", bucket: "away")) }
        world.objects.deny(["away"])
        let context = try await world.worker()
        for round in 0..<4 {
            try await world.send(2)
            try await world.send(1, to: World.regions[1])
            if round == 2 { try await world.trails { $0[0].compression = .fast } }
            try await world.deliver(context)
            #expect(try world.places().count == world.acknowledged.count)
        }
        #expect(try world.places(bucket: "away").isEmpty)
        let held = try await world.cursor()
        #expect(held.apart.count == 2 && held.apart.allSatisfy { $0.failure?.contains("told to deny") == true })
        #expect(held.trimmable < held.next)
        world.objects.deny([])
        try await world.deliver(context)
        try await world.send(1)
        try await world.deliver(context)
        try world.check()
        try world.check(bucket: "away")
        #expect(try await world.cursor().apart.isEmpty)
    }

    @Test("what a held lane does not need is taken out of the log; when its bucket is back it has all that it should")
    func thinned() async throws {
        let world = try await Self.world()
        try await world.trails { $0.append(try! World.trail("second", bucket: "away", multiRegion: false)) }
        world.objects.deny(["away"])
        let context = try await world.worker()
        let stale = SharedCuts(context)
        _ = try await stale.step()
        var dropped = 0
        for round in 0..<12 {
            try await world.send(3, size: 500)
            try await world.send(12, to: World.regions[1], size: 500)
            if round == 7 { try await world.trails { $0[0].compression = .fast } }
            try await world.deliver(context)
            let cursor = try await world.cursor()
            let held = cursor.apart.filter { $0.next < cursor.next }
            #expect(held.map(\.lane.region) == [.usEast1])
            let needed = held.map { (AccountRegion(account: $0.lane.account, region: $0.lane.region), $0.next) }
            let thinned = try await world.intake.thin(
                upTo: cursor.next, keeping: 0, needed: Dictionary(uniqueKeysWithValues: needed))
            dropped += thinned?.dropped.count ?? 0
        }
        #expect(dropped >= 5)
        // A worker that slept since sees what it would read is gone, or looks at the cursor first.
        while let isBusy = try? await stale.step(), isBusy {}
        try world.check()
        world.objects.deny([])
        try await world.deliver(try await world.worker())
        try world.check()
        let places = try world.places(bucket: "away")
        let expected = world.acknowledged.filter { $0.value == .usEast1 }
        #expect(Set(places.keys) == Set(expected.keys) && places.values.allSatisfy { $0.count == 1 })
        #expect(try await world.cursor().apart.isEmpty)
    }

    @Test(
        "a file that the store keeps, and does not protect as it is asked to, is not delivered, however often it is put"
    )
    func notProtected() async throws {
        let world = try await Self.world()
        try await world.trails { $0[0].encryptedBy = .store }
        world.objects.set(protecting: .ignored)
        let context = try await world.worker()
        try await world.send(2)
        for _ in 0..<3 { try await world.deliver(context) }
        #expect(
            try await world.cursor().apart.first?.failure?.contains("says nothing of what it was asked to do") == true)
        #expect(try await world.cursor().trimmable < world.cursor().next)
        world.objects.set(protecting: .done)
        try await world.deliver(context)
        try world.check()
        #expect(try await world.cursor().apart.isEmpty)
        // What stood there was the file, if not kept as it should be: no stranger's.
        #expect(try await world.catalog.findings().isEmpty)
    }

    @Test("what was put but not answered is found and taken")
    func lostAnswer() async throws {
        let world = try await Self.world()
        try await world.send(2)
        world.objects.loseAnswers(1)
        try await world.deliver(try await world.worker())
        try world.check()
        #expect(try await world.catalog.findings().isEmpty)
    }

    @Test("a stranger's object at the name of a file is kept, overwritten and found", arguments: [1, 5_000])
    func planted(_ size: Int) async throws {
        let world = try await Self.world()
        try await world.send(2)
        // The name cannot be guessed; here we know the key, as one who reads the documents would.
        let naming = LogFileNaming(key: [UInt8](repeating: 1, count: 32))
        world.time.advance(by: .seconds(6))
        let trail = try World.trail("main")
        let lane = Lane(trail: trail.id, account: World.account, region: .usEast1, folder: .trail)
        let name = naming.name(
            lane: lane, partition: 0, epoch: 1, from: 2, until: 3, at: world.time.now.milliseconds)
        let location = ObjectLocation(bucket: trail.bucket, key: name.key(prefix: nil, organization: nil))
        let stranger = [UInt8](repeating: 7, count: size)
        _ = try await world.objects.put(stranger, at: location, metadata: [:])
        try await world.deliver(try await world.worker())
        try world.check()
        let kept = world.disk.paths(containing: "/data/quarantine/")
        #expect(kept.count == 1 && world.disk.bytes(kept[0]) == stranger)
        #expect(try await world.catalog.findings().map(\.kind) == [.plantedObject])
    }

    @Test("crash after every single operation of disk or documents: exactly once all the same")
    func everyCrash() async throws {
        for what in ["disk", "documents", "answers"] {
            var number = 1
            while true {
                let world = try await Self.world(seed: UInt64(number))
                world.settings.cutByteCount = 1_500
                try await world.send(3)
                try await world.send(3, to: World.regions[1], size: 400)
                try await world.trails { $0[0].compression = .fast }
                try await world.send(4, size: 500)
                let before = world.documents.callCount
                switch what {
                case "disk": world.disk.crashAfter(operations: number)
                case "documents": world.documents.fail(call: number)
                default: world.documents.loseAnswer(call: number)
                }
                if let context = try? await world.worker() { try? await world.deliver(context) }
                let wasReached = what == "disk" ? world.disk.isDown : world.documents.callCount - before >= number
                world.documents.fail(call: nil)
                world.documents.loseAnswer(call: nil)
                world.disk.crash()
                try await world.open()
                try await world.deliver(try await world.worker())
                try world.check("crash of \(what) after \(number)")
                #expect(world.disk.paths(containing: "/data/quarantine/").isEmpty)
                if !wasReached { break }
                number += 1
            }
            #expect(number > 20, "\(what)")
        }
    }

    @Test("two workers who both believe they own the partition do the work once")
    func twoOwners() async throws {
        for seed in 1...20 {
            let world = try await Self.world(seed: UInt64(seed))
            world.settings.cutByteCount = 1_500
            let context = try await world.worker()
            let workers = [SharedCuts(context), SharedCuts(context)]
            let dice = SeededRandom(seed: UInt64(seed))
            for _ in 0..<60 {
                switch dice.below(4) {
                case 0: try await world.send(dice.below(5) + 1, to: World.regions[dice.below(2)], size: dice.below(600))
                case 1: world.time.advance(by: .seconds(dice.below(4)))
                default: _ = try? await workers[dice.below(2)].step()
                }
            }
            try await world.deliver(context)
            try world.check("seed \(seed)")
        }
    }

    @Test("names are the same whoever finishes the work, and differ for another range")
    func names() throws {
        let naming = LogFileNaming(key: [UInt8](repeating: 9, count: 32))
        let lane = CursorTests.a
        func name(_ from: UInt64, _ until: UInt64, _ at: Int64 = 1_772_359_964_000) -> String {
            naming.name(lane: lane, partition: 0, epoch: 1, from: from, until: until, at: at).description
        }
        #expect(name(1, 5) == name(1, 5))
        #expect(name(1, 5) != name(1, 6) && name(2, 5) != name(1, 5))
        #expect(name(1, 5).hasPrefix("111122223333_CloudTrail_us-east-1_20260301T1012Z_"))
    }

    @Test("a held lane follows its trail to another bucket, and the finding names both")
    func reAimed() async throws {
        let world = try await Self.world()
        world.objects.deny(["logs"])
        try await world.send(2)
        let context = try await world.worker()
        try await world.deliver(context)
        #expect(try await world.cursor().apart.count == 1)
        try await world.trails { $0[0].bucket = try! BucketName("other") }
        try await world.send(1)
        try await world.deliver(context)
        #expect(try await world.cursor().apart.isEmpty)
        try world.check(bucket: "other")
        let findings = try await world.catalog.findings().filter { $0.kind == .reAimed }
        #expect(findings.count == 1 && findings[0].text.contains("logs") && findings[0].text.contains("other"))
    }

    @Test("what the operator gives up is recorded with its counts, and the lane goes on")
    func abandoned() async throws {
        let world = try await Self.world()
        world.objects.deny(["logs"])
        try await world.send(2)
        let context = try await world.worker()
        try await world.deliver(context)
        let lane = try #require(try await world.cursor().apart.first?.lane)
        // The trail is gone: nobody can say where else its files should go.
        try await world.trails { $0 = [] }
        try await world.deliver(context)
        #expect(try await world.cursor().apart.map(\.lane) == [lane])
        try await CursorDocument(catalog: world.catalog, partition: 0).abandon(lane)
        try await world.deliver(context)
        #expect(try await world.cursor().apart.isEmpty)
        let chunk = try await ReadOnlyLog(disk: world.disk, directory: "/data/delivered/0", keys: .fixed).read(
            from: 1, byteCountMax: 1 << 20)
        let records = chunk.frames.compactMap { DeliveredCoding.decode(chunk.payload($0)) }
        let given = records.filter { $0.kind == .abandoned }
        #expect(given.map(\.file?.recordCount) == [2])
        #expect(try await world.catalog.findings().map(\.kind) == [.abandoned])
        #expect(world.disk.paths(containing: "/data/buckets/").isEmpty)
        #expect(await world.log.bounds().next == (try await world.cursor().trimmable))
    }

    @Test("a lane that is not held cannot be given up")
    func notHeld() async throws {
        let world = try await Self.world()
        try await world.send()
        await #expect(throws: DeliveryError.self) {
            try await CursorDocument(catalog: world.catalog, partition: 0).abandon(CursorTests.a)
        }
    }

    @Test(
        "damage to the log after a file was put leaves the whole file in its place; before, what is left is delivered",
        arguments: [true, false])
    func gapInAnIntent(_ wasPut: Bool) async throws {
        let world = try await Self.world()
        let context = try await world.worker()
        try await world.deliver(context)
        try await world.send(1, size: 300)
        try await world.send(1, size: 300)
        world.time.advance(by: .seconds(6))
        // The intent is in the cursor; the worker dies before the commit, after the put or before.
        if wasPut { world.disk.fail("sync", "/data/delivered/", .failed(path: "x", operation: "sync", errno: 5)) }
        if !wasPut { world.objects.deny(["logs"]) }
        let cuts = SharedCuts(context)
        world.settings.patience = .seconds(1_000)
        for _ in 0..<5 { _ = try? await cuts.step() }
        await world.log.close()
        world.disk.crash()
        world.objects.deny([])
        let segment = try #require(
            world.disk.paths(containing: "/data/log/0/").last { path in
                world.disk.bytes(path)?.count ?? 0 > Self.frames && path.hasSuffix(".segment")
            })
        // From frame to frame, header by header, to the first batch.
        let bytes = try #require(world.disk.bytes(segment))
        var place = Self.frames
        while bytes[place + 12] != LogEntry.Kind.batch.rawValue {
            place += 72 + Int(bytes.number(at: place + 4, as: UInt32.self)) + 16
        }
        world.disk.corrupt(segment, at: place + 100)
        try await world.open(findingGaps: true)
        try await world.deliver(try await world.worker())
        let places = try world.places()
        #expect(places.keys.sorted() == (wasPut ? ["e1", "e2"] : ["e2"]))
        #expect(try await world.catalog.findings().contains { $0.kind == .plantedObject } == false)
        #expect(world.disk.paths(containing: "/data/quarantine/logs").isEmpty)
    }
}
