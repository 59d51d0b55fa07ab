import CairnFormat
import CairnObjects
import CairnSystem
import CairnTestKit
import Foundation
import Synchronization
import Testing

@Suite("Directories keep the promises of a store")
struct ObjectStoreSpecTests {
    @Test("on a simulated disk", arguments: ObjectStoreSpec.rules)
    func simulated(_ rule: ObjectStoreSpec.Rule) async throws {
        try await rule.check(DirectoryStore(disk: SimulatedDisk(), root: "/data/buckets"))
    }

    @Test("on the machine's disk", arguments: ObjectStoreSpec.rules)
    func local(_ rule: ObjectStoreSpec.Rule) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await rule.check(DirectoryStore(disk: LocalDisk(), root: folder.path + "/buckets"))
    }

    @Test("behind the store that breaks, which is told nothing", arguments: ObjectStoreSpec.rules)
    func wrapped(_ rule: ObjectStoreSpec.Rule) async throws {
        try await rule.check(FaultyObjects(DirectoryStore(disk: SimulatedDisk(), root: "/data/buckets")))
    }

    @Test("where buckets are in several stores", arguments: ObjectStoreSpec.rules, [true, false])
    func several(_ rule: ObjectStoreSpec.Rule, isNamed: Bool) async throws {
        let disk = SimulatedDisk()
        let here = DirectoryStore(disk: disk, root: "/here", quarantine: "/kept")
        let there = DirectoryStore(disk: disk, root: "/there")
        let name = try BucketName(isNamed ? "spec-bucket" : "other-bucket")
        let kept = Mutex<[ObjectLocation]>([])
        try await rule.check(
            BucketStores([name], in: there, others: here) { (object, location) throws(ObjectError) in
                try await here.keep(object, of: location)
                kept.withLock { $0.append(location) }
            })
        // What was overwritten there is in quarantine here, too.
        for location in kept.withLock({ $0 }) {
            #expect(!disk.paths(containing: "/kept/\(location.bucket)/\(location.key).").isEmpty)
        }
        // What the rules left behind lies where it belongs.
        #expect(disk.paths(containing: isNamed ? "/here/" : "/there/").isEmpty)
    }
}
