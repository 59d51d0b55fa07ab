import CairnFormat
import CairnNative
import CairnObjects
import CairnSystem
import CairnTestKit
import Testing

@Suite("Buckets as directories keep the promises of a store")
struct DirectoryStoreContractTests {
    let disk = SimulatedDisk()
    let store: DirectoryStore
    let bucket: BucketName

    init() throws {
        store = DirectoryStore(disk: disk, root: "/data/buckets")
        bucket = try BucketName("logs")
    }

    func at(_ key: String) throws -> ObjectLocation { ObjectLocation(bucket: bucket, key: try ObjectKey(key)) }

    @Test("what was put is there, at its path, byte for byte, with its metadata and the SHA-256 as etag")
    func readBack() async throws {
        let bytes = Array(0...255) as [UInt8]
        let etag = try await store.put(bytes, at: try at("a/b.gz"), metadata: ["signature": "abc"])
        #expect(etag == SHA256.hash(bytes).hex)
        let head = ObjectHead(etag: etag, byteCount: 256, metadata: ["signature": "abc"])
        #expect(try await store.get(try at("a/b.gz"), limit: 256) == StoredObject(bytes: bytes, head: head))
        #expect(try await store.head(try at("a/b.gz")) == head)
        #expect(disk.bytes("/data/buckets/logs/a/b.gz") == bytes)
        #expect(disk.paths(containing: "/data/").count == 2)
    }

    @Test("without metadata there is no second file")
    func noMetadata() async throws {
        _ = try await store.put([1], at: try at("a"), metadata: [:])
        #expect(disk.paths(containing: "/data/") == ["/data/buckets/logs/a"])
        #expect(try await store.head(try at("a")).metadata.isEmpty)
    }

    @Test("a put never overwrites, not even with the same bytes")
    func createOnly() async throws {
        let location = try at("a")
        _ = try await store.put([1], at: location, metadata: [:])
        for bytes in [[1], [2]] as [[UInt8]] {
            await #expect(throws: ObjectError.exists(location)) {
                _ = try await store.put(bytes, at: location, metadata: [:])
            }
        }
        #expect(try await store.get(location, limit: 10).bytes == [1])
    }

    @Test("of many puts at one key exactly one wins")
    func race() async throws {
        let location = try at("a")
        let store = store
        let winners = await withTaskGroup(of: UInt8?.self) { group in
            for i in 0..<20 as Range<UInt8> {
                group.addTask { (try? await store.put([i], at: location, metadata: [:])) != nil ? i : nil }
            }
            return await group.reduce(into: [UInt8]()) { if let won = $1 { $0.append(won) } }
        }
        #expect(winners.count == 1)
        #expect(try await store.get(location, limit: 1).bytes == winners)
    }

    @Test("a put over somebody's object leaves that object's metadata alone")
    func metadataStays() async throws {
        let location = try at("a")
        _ = try await store.put([1], at: location, metadata: ["k": "first"])
        await #expect(throws: ObjectError.exists(location)) {
            _ = try await store.put([2], at: location, metadata: ["k": "second"])
        }
        #expect(try await store.head(location).metadata == ["k": "first"])
    }

    @Test("metadata is there before the object: no crash leaves an object without it")
    func sidecarFirst() async throws {
        let location = try at("a")
        var operations = 1
        while true {
            let disk = SimulatedDisk(seed: UInt64(operations))
            let store = DirectoryStore(disk: disk, root: "/data/buckets")
            disk.crashAfter(operations: operations)
            _ = try? await store.put([1], at: location, metadata: ["k": "old"])
            let wasReached = disk.isDown
            disk.crash()
            if let there = try? await store.get(location, limit: 10) {
                #expect(there.head.metadata == ["k": "old"], "after \(operations)")
            } else {
                // The next one brings its own metadata; what the crash left does not count.
                _ = try await store.put([2], at: location, metadata: ["k": "new"])
                #expect(try await store.get(location, limit: 10).head.metadata == ["k": "new"], "after \(operations)")
            }
            if !wasReached { break }
            operations += 1
        }
        #expect(operations > 1)
    }

    @Test("replace keeps what stood there in quarantine, and is refused when it is another by now")
    func replace() async throws {
        let location = try at("a/b")
        await #expect(throws: ObjectError.notFound(location)) {
            _ = try await store.replace([2], at: location, metadata: [:], ifETag: "x")
        }
        let etag = try await store.put([1], at: location, metadata: [:])
        await #expect(throws: ObjectError.changed(location)) {
            _ = try await store.replace([2], at: location, metadata: [:], ifETag: "x")
        }
        let next = try await store.replace([2], at: location, metadata: [:], ifETag: etag)
        #expect(try await store.get(location, limit: 10).bytes == [2])
        #expect(try await store.head(location).etag == next)
        let kept = disk.paths(containing: "/data/quarantine/")
        #expect(kept.count == 1 && disk.bytes(kept[0]) == [1])
    }

    @Test("reading has a limit, and says what is not there")
    func limits() async throws {
        let location = try at("a")
        await #expect(throws: ObjectError.notFound(location)) { _ = try await store.get(location, limit: 10) }
        await #expect(throws: ObjectError.notFound(location)) { _ = try await store.head(location) }
        _ = try await store.put([1, 2, 3], at: location, metadata: [:])
        #expect(try await store.get(location, limit: 3).bytes.count == 3)
        await #expect {
            _ = try await store.get(location, limit: 2)
        } throws: {
            guard case ObjectError.tooLarge = $0 else { return false }
            return true
        }
    }

    @Test("keys of the store's own files are refused")
    func ownKeys() async throws {
        await #expect {
            _ = try await store.put([1], at: try at("a.metadata.json"), metadata: [:])
        } throws: {
            guard case ObjectError.unacceptable = $0 else { return false }
            return true
        }
        #expect(disk.paths(containing: "/data/").isEmpty)
    }

    @Test("a full disk and one that must not be written are 'denied', a failing one is 'unavailable'")
    func errors() async throws {
        func failure(_ key: String) async throws -> ObjectError? {
            let location = try at(key)
            do throws(ObjectError) {
                _ = try await store.put([1, 2, 3], at: location, metadata: [:])
                return nil
            } catch { return error }
        }
        disk.setFree(1)
        guard case .denied = try await failure("a") else { return _ = Issue.record("a full disk") }
        disk.setFree(.max)
        disk.deny(["/data/buckets/logs"])
        guard case .denied = try await failure("a") else { return _ = Issue.record("a denied bucket") }
        disk.deny([])
        disk.fail("put", "/data/", .failed(path: "x", operation: "write", errno: 5))
        guard case .unavailable = try await failure("a") else { return _ = Issue.record("a failing disk") }
        #expect(try await failure("a") == nil)
    }

    @Test("a list is in order of the whole keys: a-b before a.txt before a/b.txt")
    func order() async throws {
        let keys = ["a/b.txt", "a.txt", "a-b", "a/b/c", "b", "a0", "A"]
        for key in keys { _ = try await store.put([1], at: try at(key), metadata: ["k": "v"]) }
        let found = try await store.list(bucket, prefix: "", after: nil, limit: 100).map(\.text)
        #expect(found == ["A", "a-b", "a.txt", "a/b.txt", "a/b/c", "a0", "b"])
    }

    @Test("pages of any size and any prefix give what one list gives")
    func pages() async throws {
        let dice = SeededRandom(seed: 5)
        let parts = ["a", "b", "a-", "a.b", "0", "Z"]
        var all: Set<String> = []
        for _ in 0..<120 {
            let key = (0...dice.below(3)).map { _ in parts[dice.below(parts.count)] }.joined(separator: "/")
            // A directory and a file cannot have one name.
            guard !all.contains(where: { $0.hasPrefix(key + "/") || key.hasPrefix($0 + "/") }) else { continue }
            if all.insert(key).inserted { _ = try await store.put([1], at: try at(key), metadata: [:]) }
        }
        #expect(all.count > 20)
        for prefix in ["", "a", "a/", "a/b", "b/a-", "nothing"] {
            let expected = all.filter { $0.hasPrefix(prefix) }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            for limit in [1, 3, 1_000] {
                var found: [String] = []
                while true {
                    let page = try await store.list(bucket, prefix: prefix, after: found.last, limit: limit)
                    #expect(page.count <= limit)
                    found += page.map(\.text)
                    if page.count < limit { break }
                }
                #expect(found == expected, "prefix '\(prefix)', pages of \(limit)")
            }
        }
    }

    @Test("a bucket that isn't there is empty")
    func noBucket() async throws {
        #expect(try await store.list(bucket, prefix: "", after: nil, limit: 10).isEmpty)
    }
}
