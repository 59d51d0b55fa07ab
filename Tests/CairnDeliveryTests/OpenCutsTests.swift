import CairnDelivery
import CairnFormat
import CairnKeys
import CairnLog
import CairnSystem
import CairnTestKit
import CairnTrails
import Testing

@Suite("Keys go when no file under them is being delivered")
struct OpenCutsTests {
    private static let account = "111122223333"

    private static func settle(
        _ world: World, _ trail: String = "main", _ account: String = account, _ period: String = "2026-03"
    ) async throws {
        let cuts = OpenCuts(catalog: world.catalog, partitionCount: 1, time: world.time)
        try await cuts.settle(
            trail: try World.trail(trail).id, account: try AccountID(account), period: period, patience: .zero)
    }

    @Test("a file that was put and is in no list of deliveries yet holds the keys of its trail, account and period")
    func holds() async throws {
        let world = try await EncryptedDeliveryTests.worldWithFilePut()
        let lane = try #require(try await world.cursor().intent?.entries.first?.lane)
        for period in ["2026-03", "2026-04", "2026-03-01"] {
            await #expect("\(period)") { try await Self.settle(world, "main", Self.account, period) } throws: {
                guard case KeyError.refused(let text) = $0 else { return false }
                return text.contains("\(lane)") && text.contains("nothing was destroyed")
                    && text.contains("cairn status")
            }
        }
        try await Self.settle(world, "other")
        try await Self.settle(world, "main", "444455556666")
        try await Self.settle(world, "main", Self.account, "2026-02")
    }

    @Test("what holds them is waited for; what begins meanwhile is not")
    func waits() async throws {
        let world = try await EncryptedDeliveryTests.worldWithFilePut()
        let time = world.time
        let cuts = OpenCuts(catalog: world.catalog, partitionCount: 1, time: time)
        let (trail, account) = (try World.trail("main").id, try AccountID(Self.account))
        async let settled: Void = cuts.settle(
            trail: trail, account: account, period: "2026-03", patience: .seconds(60))
        while !time.advanceToNextSleeper() { await Task.yield() }
        await world.log.close()
        world.disk.crash()
        try await world.open()
        try await world.deliver(try await world.worker())
        try await world.send(2)
        time.advance(by: .seconds(6))
        let next = SharedCuts(try await world.worker())
        world.disk.fail("sync", "/data/delivered/", .failed(path: "x", operation: "sync", errno: 5))
        await #expect(throws: DeliveryError.self) { while try await next.step() {} }
        #expect(try await world.cursor().intent != nil)
        _ = time.advanceToNextSleeper()
        try await settled
    }

    @Test("a file that is not encrypted holds no keys")
    func plain() async throws {
        let world = World(seed: 1)
        try await world.trails { $0 = [try! World.trail("main")] }
        try await world.open()
        try await world.send(2)
        do {
            world.time.advance(by: .seconds(6))
            let cuts = SharedCuts(try await world.worker())
            world.disk.fail("sync", "/data/delivered/", .failed(path: "x", operation: "sync", errno: 5))
            await #expect(throws: DeliveryError.self) { while try await cuts.step() {} }
        }
        #expect(try await world.cursor().intent != nil)
        try await Self.settle(world)
    }
}
