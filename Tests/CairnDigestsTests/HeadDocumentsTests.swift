import CairnCatalog
import CairnDigests
import CairnFormat
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("Lists of lanes")
struct HeadDocumentsTests {
    private func name(_ account: String) throws -> ChainName {
        ChainName(account: try AccountID(account), home: .usEast1, trail: try TrailName("main"), region: .usEast1)
    }

    @Test("equal ones of two chains, or of two digests of one, are kept and let go apart")
    func apart() async throws {
        let heads = HeadDocuments(Catalog(MemoryDocuments()))
        let (one, other) = (try name("111122223333"), try name("444455556666"))
        let (first, second) = (EventTime(seconds: 1), EventTime(seconds: 2))
        let hash = try await heads.keep([], of: one, end: first)
        #expect(try await heads.keep([], of: other, end: first) == hash)
        #expect(try await heads.keep([], of: one, end: second) == hash)
        try await heads.forget(one, end: first)
        #expect(try await heads.lanes(hash, of: one, end: first) == nil)
        #expect(try await heads.lanes(hash, of: other, end: first) == [])
        #expect(try await heads.lanes(hash, of: one, end: second) == [])
    }

    @Test("of two builders who keep one for the same digest, the first decides")
    func first() async throws {
        let heads = HeadDocuments(Catalog(MemoryDocuments()))
        let (chain, end) = (try name("111122223333"), EventTime(seconds: 1))
        let hash = try await heads.keep([], of: chain, end: end)
        let digest = DigestBody.Previous(
            bucket: try BucketName("logs"), key: try ObjectKey("k"), end: end, hash: SHA256.hash([]), signature: "00",
            storedHash: SHA256.hash([]), storedByteCount: 1)
        let lane = DigestBody.LaneState(
            account: try AccountID("111122223333"), region: .usEast1, chain: 1, newest: digest)
        #expect(try await heads.keep([lane], of: chain, end: end) == hash)
        #expect(try await heads.lanes(SHA256.hash([1]), of: chain, end: end) == nil)
    }
}
