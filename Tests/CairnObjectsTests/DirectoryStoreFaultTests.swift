import CairnFormat
import CairnObjects
import CairnSystem
import CairnTestKit
import Testing

@Suite("A directory as a store, among strangers and crashes")
struct DirectoryStoreFaultTests {
    let disk = SimulatedDisk()
    let store: DirectoryStore

    init() { store = DirectoryStore(disk: disk, root: "/data/buckets") }

    static func at(_ key: String) throws -> ObjectLocation {
        ObjectLocation(bucket: try BucketName("logs"), key: try ObjectKey(key))
    }

    @Test("it says that it encrypts and holds nothing, rather than keep an object that should be")
    func protection() async throws {
        let location = try Self.at("a")
        let etag = try await store.put([1], at: location, metadata: [:])
        for rules in [
            StorageRules(encryption: .storeKey, lock: nil),
            StorageRules(encryption: nil, lock: ObjectLock(mode: .governance, days: 1)),
        ] {
            let protection = ObjectProtection(rules, from: Timestamp(milliseconds: 0))
            for isNew in [true, false] {
                await #expect {
                    if isNew {
                        try await store.put([2], at: try Self.at("b"), metadata: [:], protection: protection)
                    } else {
                        try await store.replace([2], at: location, metadata: [:], protection: protection, ifETag: etag)
                    }
                } throws: {
                    guard case ObjectError.denied(_, let reason) = $0 else { return false }
                    return reason.contains(rules?.lock == nil ? "encrypt" : "Object Lock")
                        && reason.contains("--s3-buckets")
                }
            }
        }
        #expect(disk.paths(containing: "/data/").count == 1)
    }

    @Test("metadata that a stranger or a crash left does not become that of a new object", arguments: [true, false])
    func leftMetadata(_ hasOwn: Bool) async throws {
        let location = try Self.at("a")
        try await disk.put(Array(#"{"k":"stranger"}"#.utf8), at: "/data/buckets/logs/a.metadata.json")
        let metadata = hasOwn ? ["k": "own"] : [:]
        try await store.put([1], at: location, metadata: metadata)
        #expect(try await store.head(location).metadata == metadata)
    }

    @Test("what was overwritten is in quarantine with its metadata, and each stranger is kept")
    func quarantine() async throws {
        let location = try Self.at("x/a")
        var etag = try await store.put([1], at: location, metadata: ["k": "1"])
        etag = try await store.replace([2], at: location, metadata: ["k": "2"], ifETag: etag)
        etag = try await store.replace([3], at: location, metadata: [:], ifETag: etag)
        let kept = disk.paths(containing: "/data/quarantine/logs/x/a.")
        #expect(kept.count == 4)
        #expect(Set(kept.compactMap { disk.bytes($0) }).isSuperset(of: [[1], [2], Array(#"{"k":"1"}"#.utf8)]))
        #expect(disk.paths(containing: "/data/buckets/") == ["/data/buckets/logs/x/a"])
    }

    @Test("a name as long as names may be can be overwritten too, and with metadata it is refused at once")
    func longNames() async throws {
        let location = try Self.at("b/" + String(repeating: "é", count: 127))
        let etag = try await store.put([1], at: location, metadata: [:])
        try await store.replace([2], at: location, metadata: [:], ifETag: etag)
        let kept = disk.paths(containing: "/data/quarantine/")
        #expect(kept.count == 1 && kept[0].split(separator: "/").allSatisfy { $0.utf8.count <= 255 - 14 })
        await #expect {
            try await store.put([1], at: location, metadata: ["k": "v"])
        } throws: {
            if case .unacceptable = $0 as? ObjectError { true } else { false }
        }
    }

    @Test("crash at every operation of a replace: the old or the new stands there, or none and a put heals it")
    func replaceCrash() async throws {
        let location = try Self.at("a")
        var operations = 0
        while true {
            let disk = SimulatedDisk(seed: UInt64(operations))
            let store = DirectoryStore(disk: disk, root: "/data/buckets")
            let etag = try await store.put([1], at: location, metadata: ["k": "old"])
            disk.crashAfter(operations: operations)
            let isDone = (try? await store.replace([2], at: location, metadata: ["k": "new"], ifETag: etag)) != nil
            disk.crash()
            let there = try? await store.get(location, limit: 9)
            switch there?.bytes {
            case nil:
                #expect(!isDone, "after \(operations)")
                try await store.put([2], at: location, metadata: ["k": "new"])
            case [1]:
                #expect(!isDone, "after \(operations)")
                try await store.replace([2], at: location, metadata: ["k": "new"], ifETag: etag)
            default: break
            }
            let after = try await store.get(location, limit: 9)
            #expect(after.bytes == [2] && after.head.metadata == ["k": "new"], "after \(operations)")
            #expect(disk.paths(containing: "/data/quarantine/").contains { disk.bytes($0) == [1] })
            if isDone { break }
            operations += 1
        }
        #expect(operations > 8)
    }

    @Test("an object that changes between look and overwrite is put back")
    func changedMeanwhile() async throws {
        let location = try Self.at("a")
        let etag = try await store.put([1], at: location, metadata: ["k": "v"])
        disk.meanwhile(before: "rename", store.path(of: location), write: [2])
        await #expect(throws: ObjectError.changed(location)) {
            try await store.replace([3], at: location, metadata: [:], ifETag: etag)
        }
        let there = try await store.get(location, limit: 9)
        #expect(there.bytes == [2] && there.head.metadata == ["k": "v"])
    }

    @Test("errors say what the caller does next: held, tried again, or never")
    func errors() async throws {
        func failure(_ key: String, _ metadata: [String: String] = [:]) async throws -> String {
            let location = try Self.at(key)
            do throws(ObjectError) { try await store.put([1], at: location, metadata: metadata) } catch {
                switch error {
                case .denied: return "held"
                case .unavailable: return "again"
                case .unacceptable: return "never"
                default: return "\(error)"
                }
            }
            return "done"
        }
        disk.setFree(0)
        #expect(try await failure("a") == "held")
        disk.setFree(.max)
        disk.deny(["/data/buckets/logs"])
        #expect(try await failure("a") == "held")
        disk.deny([])
        disk.fail("put", "/a", .failed(path: "a", operation: "put", errno: 5))
        #expect(try await failure("a") == "again")
        #expect(try await failure("a") == "done")
        #expect(try await failure("a/below") == "held")
        for key in ["b.metadata.json", "b.metadata.json/c", "b/.metadata.json"] {
            #expect(try await failure(key) == "never")
            await #expect(throws: ObjectError.notFound(try Self.at(key))) {
                try await store.get(try Self.at(key), limit: 9)
            }
        }
        #expect(try await failure("c", ["k": String(repeating: "v", count: 70_000)]) == "never")
    }

    @Test("a page looks at the files of that page alone")
    func boundedLooks() async throws {
        for i in 100..<400 { try await store.put([1], at: try Self.at("d/\(i)"), metadata: [:]) }
        let before = disk.operationCount
        let page = try await store.list(try BucketName("logs"), prefix: "d/", after: "d/250", limit: 10)
        #expect(page.map(\.text) == (251...260).map { "d/\($0)" })
        #expect(disk.operationCount - before < 20)
    }

    @Test("a list goes on past names that are gone when they are looked at")
    func vanishing() async throws {
        for key in ["a", "b", "c"] { try await store.put([1], at: try Self.at(key), metadata: [:]) }
        disk.fail("look", "/logs/b", .notFound(path: "b"), count: 2)
        let page = try await store.list(try BucketName("logs"), prefix: "", after: nil, limit: 10)
        #expect(page.map(\.text) == ["a", "c"])
    }
}
