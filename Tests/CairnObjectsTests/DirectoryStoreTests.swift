import CairnFormat
import CairnObjects
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("A directory is a store of objects that are put once")
struct DirectoryStoreTests {
    static func at(_ key: String) throws -> ObjectLocation {
        ObjectLocation(bucket: try BucketName("logs"), key: try ObjectKey(key))
    }

    /// The rules, on any disk.
    static func spec(_ disk: any Disk, _ root: String) async throws {
        let store = DirectoryStore(disk: disk, root: "\(root)/buckets")
        let place = try at("a/b.json.gz")
        await #expect(throws: ObjectError.notFound(place)) { try await store.get(place, limit: 10) }
        let etag = try await store.put([1, 2, 3], at: place, metadata: ["signature": "x"])
        await #expect(throws: ObjectError.exists(place)) { try await store.put([9], at: place, metadata: [:]) }
        let there = try await store.get(place, limit: 3)
        #expect(
            there.bytes == [1, 2, 3] && there.head == ObjectHead(etag: etag, byteCount: 3, metadata: ["signature": "x"])
        )
        #expect(try await store.head(place) == there.head)
        await #expect(throws: ObjectError.tooLarge(place, byteCount: 3, limit: 2)) {
            try await store.get(place, limit: 2)
        }
        await #expect(throws: ObjectError.changed(place)) {
            try await store.replace([4], at: place, metadata: [:], ifETag: "no")
        }
        _ = try await store.replace([4], at: place, metadata: ["signature": "x"], ifETag: etag)
        #expect(try await store.get(place, limit: 9).bytes == [4])
        #expect(try await disk.list("\(root)/quarantine/logs/a").count == 2, "the object and its metadata")
        await #expect(throws: ObjectError.self) {
            try await store.put([1], at: try at("a.metadata.json"), metadata: [:])
        }

        for key in ["a-b", "a.txt", "b/c/d", "b/c.x"] { _ = try await store.put([1], at: try at(key), metadata: [:]) }
        let all = ["a-b", "a.txt", "a/b.json.gz", "b/c.x", "b/c/d"]
        let bucket = try BucketName("logs")
        #expect(try await store.list(bucket, prefix: "", after: nil, limit: 100).map(\.text) == all)
        #expect(try await store.list(bucket, prefix: "b/", after: nil, limit: 1).map(\.text) == ["b/c.x"])
        for (i, key) in all.enumerated() {
            #expect(
                try await store.list(bucket, prefix: "", after: key, limit: 100).map(\.text) == Array(all[(i + 1)...]))
        }
        #expect(try await store.list(try BucketName("none"), prefix: "", after: nil, limit: 1).isEmpty)
    }

    @Test("on a simulated disk")
    func simulated() async throws { try await Self.spec(SimulatedDisk(), "/data") }

    @Test("on the real disk")
    func real() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cairn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await Self.spec(LocalDisk(), folder.path())
    }
}
