import CairnObjects
import CairnTestKit
import Testing

@Suite("The store that breaks")
struct FaultyObjectsTests {
    let store = FaultyObjects(DirectoryStore(disk: SimulatedDisk(), root: "/data/buckets"))

    @Test("fails as often as told, on the keys that were named")
    func failures() async throws {
        let (a, b) = (try DirectoryStoreFaultTests.at("a"), try DirectoryStoreFaultTests.at("b"))
        store.fail(2, keysContaining: "a")
        try await store.put([1], at: b, metadata: [:])
        for _ in 0..<2 {
            await #expect(throws: ObjectError.unavailable(a, reason: "told to fail")) {
                try await store.put([1], at: a, metadata: [:])
            }
        }
        try await store.put([1], at: a, metadata: [:])
    }

    @Test("an answer that is lost hides a put that happened")
    func lostAnswer() async throws {
        let location = try DirectoryStoreFaultTests.at("a")
        store.loseAnswers(1)
        await #expect(throws: ObjectError.self) { try await store.put([1], at: location, metadata: [:]) }
        await #expect(throws: ObjectError.exists(location)) { try await store.put([1], at: location, metadata: [:]) }
    }

    @Test("a stranger may have been there a moment before")
    func planted() async throws {
        let location = try DirectoryStoreFaultTests.at("a")
        store.plant([9], keysContaining: "a")
        await #expect(throws: ObjectError.exists(location)) { try await store.put([1], at: location, metadata: [:]) }
        #expect(try await store.get(location, limit: 9).bytes == [9])
    }

    @Test("a denied bucket is denied to all calls")
    func denied() async throws {
        let location = try DirectoryStoreFaultTests.at("a")
        store.deny(["logs"])
        await #expect(throws: ObjectError.self) { try await store.put([1], at: location, metadata: [:]) }
        await #expect(throws: ObjectError.self) { try await store.head(location) }
        await #expect(throws: ObjectError.self) {
            try await store.list(location.bucket, prefix: "", after: nil, limit: 1)
        }
        store.deny([])
        try await store.put([1], at: location, metadata: [:])
    }
}
