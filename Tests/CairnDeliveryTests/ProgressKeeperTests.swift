import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnSystem
import CairnTestKit
import CairnTopics
import CairnTrails
import Testing

@Suite("How trails get on is written down")
struct ProgressKeeperTests {
    static let account = World.account

    static func key(_ region: Region = .usEast1) throws -> TrailProgress.Key {
        TrailProgress.Key(trail: try World.trail("main").id, region: region)
    }

    static func read(_ world: World) async throws -> [TrailProgress.Key: TrailProgress] {
        try await TrailProgress.read(partitions: [0], in: world.catalog)
    }

    @Test("when a file was delivered and its notice taken, for each Region; a later start keeps it")
    func notices() async throws {
        let world = try await DeliveryTests.world()
        let context = try await world.worker()
        let log = try await NotifierTests.topicLog(world)
        let progress = ProgressKeeper(partition: 0, catalog: world.catalog)
        try await world.send(1)
        let before = world.time.now.milliseconds
        try await world.deliver(context)
        try await NotifierTests.announce(world, context, log, progress: progress)
        try await progress.save(trails: nil)
        let found = try #require(try await Self.read(world)[Self.key()])
        let (deliveredAt, announcedAt) = (try #require(found.deliveredAt), try #require(found.announcedAt))
        #expect(before <= deliveredAt && deliveredAt <= announcedAt && announcedAt <= world.time.now.milliseconds)
        #expect(try await Self.read(world)[Self.key(World.regions[1])] == nil)
        // The next worker of the partition has seen nothing yet.
        try await ProgressKeeper(partition: 0, catalog: world.catalog).save(trails: nil)
        #expect(try await Self.read(world) == [Self.key(): found])
        // Nothing is kept of trails that are gone.
        try await ProgressKeeper(partition: 0, catalog: world.catalog).save(trails: [])
        #expect(try await Self.read(world).isEmpty)
    }

    @Test("a digest that cannot be made is told of until that account's is made, or another worker makes them")
    func digests() async throws {
        let world = try await DeliveryTests.world()
        let progress = ProgressKeeper(partition: 0, catalog: world.catalog)
        let (key, other) = (try Self.key(), try AccountID("444455556666"))
        func failure() async throws -> DestinationFailure? {
            try await progress.save(trails: nil)
            return try await Self.read(world)[key]?.digestFailure
        }
        progress.digested(key, of: Self.account, failure: "denied", at: 1)
        progress.digested(key, of: other, failure: "away", at: 2)
        progress.digested(key, of: Self.account, failure: "still denied", at: 3)
        #expect(try await failure() == DestinationFailure(since: 1, reason: "still denied"))
        progress.digested(key, of: Self.account, failure: nil, at: 4)
        #expect(try await failure() == DestinationFailure(since: 2, reason: "away"))
        try await ProgressKeeper(partition: 0, catalog: world.catalog).save(trails: nil)
        #expect(try await Self.read(world)[key]?.digestFailure == nil)
    }

    @Test("what could not be written is written the next time; partitions are told together")
    func again() async throws {
        let world = try await DeliveryTests.world()
        let progress = [0, 1].map { ProgressKeeper(partition: $0, catalog: world.catalog) }
        progress[0].digested(try Self.key(), of: Self.account, failure: "denied", at: 5)
        progress[1].digested(try Self.key(), of: try AccountID("444455556666"), failure: "away", at: 4)
        world.documents.fail(call: 1)
        await #expect(throws: CatalogError.self) { try await progress[0].save(trails: nil) }
        world.documents.fail(call: nil)
        for one in progress { try await one.save(trails: nil) }
        let all = try await TrailProgress.read(partitions: [0, 1], in: world.catalog)
        #expect(all[try Self.key()]?.digestFailure == DestinationFailure(since: 4, reason: "away"))
    }
}
