import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnKeys
import CairnLog
import CairnNative
import CairnObjects
import CairnSystem
import CairnTestKit
import CairnTrails
import Testing

@Suite("Log files are encrypted as their trail says, once, and nothing else passes for one")
struct EncryptedDeliveryTests {
    static func world(seed: UInt64 = 1) async throws -> World {
        let world = World(seed: seed)
        try await world.trails { $0 = [try! World.trail("main", isEncrypted: true)] }
        try await world.open()
        return world
    }

    static func file(_ world: World) -> (path: String, bytes: [UInt8])? {
        world.disk.paths(containing: "/data/buckets/logs/").first.flatMap { path in
            world.disk.bytes(path).map { (path, $0) }
        }
    }

    @Test("a file is bound to its trail, its name, its account and its Region, under a key of its lane")
    func context() async throws {
        let world = try await Self.world()
        try await world.send(3)
        try await world.deliver(try await world.worker())
        try world.check()
        let file = try #require(Self.file(world))
        let header = try EncryptedHeader.parse(file.bytes).header
        let trail = try World.trail("main")
        #expect(header.context["aws:cloudtrail:arn"] == trail.arn)
        #expect(header.context["aws:s3:arn"] == "arn:aws:s3:::" + file.path.dropFirst("/data/buckets/".count))
        #expect(header.context["account"] == "111122223333" && header.context["region"] == "us-east-1")
        #expect(
            header.dataKeys.map { $0.rawName(namespace: "cairn") } == ["trail/\(trail.id)/111122223333/1"])
        let text = #"{"Records":"#
        #expect(!String(decoding: file.bytes, as: UTF8.self).contains(text))
    }

    /// One whose first file is put, and its cut is not committed, since the list of deliveries could not be written.
    static func worldWithFilePut() async throws -> World {
        let world = try await Self.world()
        try await world.send(5)
        world.time.advance(by: .seconds(6))
        let first = try await world.worker()
        let cuts = SharedCuts(first)
        // The trail begins, and then the file.
        _ = try await cuts.step()
        world.disk.fail("sync", "/data/delivered/", .failed(path: "x", operation: "sync", errno: 5))
        await #expect(throws: DeliveryError.self) { try await cuts.step() }
        return world
    }

    @Test("a crash between put and commit leaves one file, though each attempt has a data key of its own")
    func putTwice() async throws {
        let world = try await Self.worldWithFilePut()
        let before = try #require(Self.file(world))
        await world.log.close()
        world.disk.crash()
        try await world.open()
        try await world.deliver(try await world.worker())
        try world.check()
        let after = try #require(Self.file(world))
        #expect(after.path == before.path && after.bytes == before.bytes)
        #expect(try await world.catalog.findings().isEmpty)
    }

    @Test("a file whose key is shredded between put and commit is put anew, since nobody was told of it")
    func shreddedBetween() async throws {
        let world = try await Self.worldWithFilePut()
        let before = try #require(Self.file(world))
        world.keys.shred()
        try await Self.recover(world)
        let after = try #require(Self.file(world))
        #expect(after.path == before.path && after.bytes != before.bytes)
    }

    @Test(
        "wherever the cut ended when its key was shredded, the list of deliveries has the file that stands in the bucket",
        arguments: 1..<16)
    func shreddedAnywhere(call: Int) async throws {
        let world = try await Self.world()
        try await world.send(5)
        world.time.advance(by: .seconds(6))
        let cuts = SharedCuts(try await world.worker())
        _ = try await cuts.step()
        world.documents.fail(call: call)
        _ = try? await cuts.step()
        world.documents.fail(call: nil)
        world.keys.shred()
        try await Self.recover(world)
        let stored = SHA256.hash(try #require(Self.file(world)).bytes)
        let delivered = ReadOnlyLog(disk: world.disk, directory: "/data/delivered/0", keys: .fixed)
        var files: [DeliveredRecord.File] = []
        var next: UInt64 = 1
        while next < (try await delivered.bounds().next) {
            let chunk = try await delivered.read(from: next, byteCountMax: 1 << 20)
            files += chunk.frames.compactMap { DeliveredCoding.decode(chunk.payload($0))?.file }
            next = chunk.next
        }
        #expect(files.first?.storedHash == stored)
    }

    /// The power fails, and another worker does what is left.
    private static func recover(_ world: World) async throws {
        await world.log.close()
        world.disk.crash()
        try await world.open()
        try await world.deliver(try await world.worker())
        try world.check()
        #expect(try await world.catalog.findings().isEmpty)
        #expect(try await world.cursor().apart.isEmpty)
    }

    @Test(
        "what somebody planted is overwritten: the right records in clear, garbage, a file of another trail's key",
        arguments: 0..<4)
    func planted(_ kind: Int) async throws {
        // The same cut in a world without anybody else, to have the right records at hand.
        let twin = try await Self.world()
        try await twin.send(2)
        try await twin.deliver(try await twin.worker())
        let genuine = try #require(Self.file(twin)).bytes
        let world = try await Self.world()
        try await world.send(2)
        let plant: [UInt8]
        switch kind {
        case 0: plant = try twin.keys.content(of: genuine)
        case 1: plant = [UInt8](repeating: 2, count: 5_000)
        case 2: plant = Array(genuine.dropLast())
        default:
            // Everything right but the name in the context.
            let key = Secret([UInt8](repeating: 5, count: 32).span)
            let context = try EncryptionContext(["aws:s3:arn": "arn:aws:s3:::logs/other"])
            plant = EncryptedFileWriter.write(
                try twin.keys.content(of: genuine), context: context, dataKey: key,
                messageID: [UInt8](repeating: 1, count: 32),
                wraps: [
                    WrappedDataKey(
                        key, under: AESGCM(key: key), namespace: "cairn", name: "trail/x/1",
                        nonce: [UInt8](repeating: 0, count: 12), context: context)
                ])
        }
        world.objects.plant(plant, keysContaining: "CloudTrail")
        try await world.deliver(try await world.worker())
        try world.check()
        #expect(try await world.catalog.findings().map(\.kind) == [.plantedObject])
        #expect(try #require(Self.file(world)).bytes.first == EncryptedHeader.version)
    }

    @Test("a key that is disabled, or a key service that is away, holds the lanes that need it and no others")
    func held() async throws {
        for failure in [KeyError.disabled(World.key), .unavailable("the KMS does not answer")] {
            let world = World()
            try await world.trails {
                $0 = [try! World.trail("main", isEncrypted: true), try! World.trail("plain", bucket: "plain")]
            }
            try await world.open()
            world.keys.fail(failure)
            try await world.send(3)
            let context = try await world.worker()
            try await world.deliver(context)
            try world.check(bucket: "plain")
            #expect(try world.places().isEmpty)
            let held = try await world.cursor().apart.compactMap(\.failure)
            #expect(held == [failure.description])
            world.keys.fail(nil)
            try await world.deliver(context)
            try world.check()
            try world.check(bucket: "plain")
            #expect(try await world.cursor().apart.isEmpty)
        }
    }

    @Test("a held lane whose trail gets another key, or none, goes on under that")
    func otherKey() async throws {
        let world = try await Self.world()
        world.keys.fail(.disabled(World.key))
        try await world.send(3)
        let context = try await world.worker()
        try await world.deliver(context)
        #expect(try world.places().isEmpty)
        try await world.trails { $0[0].kmsKey = nil }
        try await world.deliver(context)
        try world.check()
        #expect(try #require(Self.file(world)).bytes.first != EncryptedHeader.version)
        #expect(try await world.catalog.findings().map(\.kind) == [.reAimed])
    }

    @Test("a crash after every single operation: every event in one file, encrypted")
    func everyCrash() async throws {
        var operations = 1
        while true {
            let world = try await Self.world(seed: UInt64(operations))
            try await world.send(4)
            world.time.advance(by: .seconds(6))
            world.disk.crashAfter(operations: operations)
            if let context = try? await world.worker() {
                let cuts = SharedCuts(context)
                for _ in 0..<4 { _ = try? await cuts.step() }
            }
            let wasReached = world.disk.isDown
            await world.log.close()
            world.disk.crash()
            try await world.open()
            try await world.deliver(try await world.worker())
            try world.check("after \(operations) operations")
            #expect(try await world.catalog.findings().isEmpty)
            if !wasReached { break }
            operations += 1
        }
        #expect(operations > 10)
    }
}
