import CairnDocuments
import CairnTestKit
import Testing

@Suite("Documents in memory, which break when told to")
struct MemoryDocumentsTests {
    @Test("keep the promises of a store", arguments: DocumentStoreSpec.rules)
    func spec(_ rule: DocumentStoreSpec.Rule) async throws { try await rule.check(MemoryDocuments()) }

    @Test("a call that is told to fail does nothing; one whose answer is lost has happened")
    func faults() async throws {
        let store = MemoryDocuments()
        let key = try DocumentKey("a")
        store.fail(call: 1)
        await #expect(throws: DocumentError.self) { try await store.put(key, [1], ifRevision: nil) }
        #expect(try await store.get(key) == nil)
        store.loseAnswer(call: 1)
        await #expect(throws: DocumentError.self) { try await store.put(key, [2], ifRevision: nil) }
        #expect(try await store.get(key)?.body == [2])
    }
}
