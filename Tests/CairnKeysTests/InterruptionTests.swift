import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnTestKit
import Foundation
import Testing

@Suite("Killed at any call of the documents and done again: nothing unreadable, nothing left half done")
struct InterruptionTests {
    /// Something that is done to a keyring, and can be done again.
    struct Operation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Whether the file of March is gone for good after it.
        var takesMarch = false
        let run: @Sendable (Keyring, KeyARN, Scene) async throws -> Void
        /// What holds when it is done.
        var isDone: @Sendable (Keyring, KeyARN, Scene) async throws -> Bool = { _, _, _ in true }
    }

    static let operations = [
        Operation(testDescription: "create") { ring, _, _ in
            // Done again it finds the alias of the first time.
            if try await ring.manifest().key("alias/second") != nil { return }
            _ = try await ring.create(
                region: .usEast1, account: Scene.account, description: "", alias: "second", rotationDays: nil,
                by: Scene.alice)
        } isDone: { ring, _, _ in
            try await ring.manifest().keys.filter { $0.state == .enabled }.count == 2
        },
        Operation(testDescription: "rotate") { ring, key, _ in
            _ = try await ring.rotate(key.id, by: Scene.alice)
        } isDone: { ring, key, _ in
            try await ring.manifest().key(key)!.current!.number >= 3
        },
        Operation(testDescription: "rewrap") { ring, key, _ in
            _ = try await ring.rewrap(key.id, by: Scene.alice)
        } isDone: { ring, key, _ in
            try await ring.trailKeys(under: key, version: 1).isEmpty
        },
        Operation(testDescription: "rekey") { ring, _, _ in
            _ = try await ring.rekey(trail: nil, account: nil, by: Scene.alice)
        } isDone: { ring, key, scene in
            try await Scene.write(ring, key, account: Scene.otherAccount).version
                != "trail/\(Scene.trail)/444455556666/1"
        },
        Operation(testDescription: "rewrap and destroy") { ring, key, _ in
            _ = try await ring.rewrap(key.id, by: Scene.alice)
            try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        } isDone: { ring, key, scene in
            let left = try await scene.all("keys/managed/\(key.id)/1-")
            let state = try await ring.manifest().key(key)?.version(1)?.state
            return left.isEmpty && state == .destroyed
        },
        Operation(testDescription: "destroy, forced", takesMarch: true) { ring, key, _ in
            try await ring.destroy(key.id, version: 1, isForced: true, by: Scene.alice)
        } isDone: { ring, key, scene in
            try await scene.all("keys/managed/\(key.id)/1-").isEmpty
        },
        Operation(testDescription: "shred", takesMarch: true) { ring, _, scene in
            _ = try await scene.shred(ring)
        } isDone: { ring, _, scene in
            let tombstones = try await ring.manifest().tombstones
            let left = try await scene.all("keys/trail/\(Scene.trail)/\(Scene.account)/")
            return tombstones.count == 1 && left.count == 1
        },
        Operation(testDescription: "disable and enable") { ring, key, _ in
            try await ring.disable(key.id, by: Scene.alice)
            try await ring.enable(key.id, by: Scene.alice)
        },
        Operation(testDescription: "schedule and cancel a deletion") { ring, key, _ in
            _ = try await ring.scheduleDeletion(key.id, days: 7, users: [], isForced: true, by: Scene.alice)
            try await ring.cancelDeletion(key.id, by: Scene.alice)
            try await ring.enable(key.id, by: Scene.alice)
        },
        Operation(testDescription: "deletions that are due") { ring, _, _ in
            _ = try await ring.deleteDue()
            try await ring.finishWhatIsLeft()
        } isDone: { ring, _, scene in
            try await ring.manifest().aliases.count == 1
        },
        Operation(testDescription: "a new file") { ring, key, _ in
            _ = try await Scene.write(ring, key, trail: UniqueID(random: [UInt8](repeating: 9, count: 16)))
        },
        Operation(testDescription: "backup") { ring, _, _ in
            let passphrase = KeyMaterial(Secret(Array("correct horse battery".utf8).span))
            _ = try await ring.backup(passphrase: passphrase, by: Scene.alice)
        },
        Operation(testDescription: "signing keys") { ring, _, _ in
            try await ring.maintainSigning([.usEast1])
        } isDone: { ring, _, scene in
            let manifest = try await ring.manifest()
            let key = try await ring.signingKey(.usEast1)
            let signature = try await ring.sign([1], with: key)
            return try RSAPublicKey(pkcs1: key.der).verifies(signature, of: [1]) && key.anchorSignature != nil
                && manifest.anchor != nil && manifest.signing.filter { !$0.isRetired }.count == 1
        },
    ]

    @Test("a call fails, or its answer is lost", arguments: operations, [false, true])
    func everyCall(_ operation: Operation, _ losesAnswer: Bool) async throws {
        let scene = try Scene()
        let (first, key) = try await scene.ring()
        let march = try await Scene.write(first, key)
        let idle = try await first.create(
            region: .usEast1, account: Scene.account, description: "", alias: "idle", rotationDays: nil,
            by: Scene.alice)
        _ = try await first.scheduleDeletion(idle.arn.id, days: 7, users: [], isForced: false, by: Scene.alice)
        if operation.testDescription == "create" {
            scene.toNextMonth()
            _ = try await first.deleteDue()
            try await first.finishWhatIsLeft()
        } else {
            scene.toNextMonth()
        }
        _ = try await first.rotate(key.id, by: Scene.alice)
        let kept = [
            try await Scene.write(first, key), try await Scene.write(first, key, account: Scene.otherAccount),
        ]
        let snapshot = scene.documents.snapshot()
        var number = 1
        while true {
            scene.documents.restore(snapshot)
            let ring = try await scene.open()
            let before = scene.documents.callCount
            if losesAnswer { scene.documents.loseAnswer(call: number) } else { scene.documents.fail(call: number) }
            try? await operation.run(ring, key, scene)
            let wasReached = scene.documents.callCount >= before + number
            scene.documents.fail(call: nil)
            scene.documents.loseAnswer(call: nil)
            let place = "call \(number)"

            // The process is gone; another one opens the keyring.
            let fresh = try await scene.open()
            func expectFiles(_ when: String) async throws {
                guard try await fresh.manifest().key(key)?.state == .enabled else { return }
                for file in kept { #expect(await Scene.refusal(fresh, file) == nil, "\(place), \(when)") }
                if !operation.takesMarch { #expect(await Scene.refusal(fresh, march) == nil, "\(place), \(when)") }
            }
            try await expectFiles("before it is done again")
            try await operation.run(fresh, key, scene)
            try await fresh.finishWhatIsLeft()
            try await expectFiles("done again")
            if operation.takesMarch {
                switch await Scene.refusal(fresh, march) {
                case .shredded, .destroyed: break
                case let other: Issue.record("\(place): \(other.map { "\($0)" } ?? "it opens")")
                }
            }
            #expect(try await operation.isDone(fresh, key, scene), "\(place)")
            let file = try await Scene.write(fresh, key)
            #expect(await Scene.refusal(try await scene.open(), file) == nil, "\(place)")
            // What a forced destruction left under the version does not open, as asked.
            let problems = try await fresh.check(named: []).problems
            #expect(problems.count == (operation.testDescription == "destroy, forced" ? 1 : 0), "\(place): \(problems)")
            if !wasReached { break }
            number += 1
        }
        #expect(number > 1)
    }

    @Test("establishing", arguments: [false, true])
    func establishing(_ losesAnswer: Bool) async throws {
        var number = 1
        while true {
            let scene = try Scene(seed: UInt64(number))
            if losesAnswer { scene.documents.loseAnswer(call: number) } else { scene.documents.fail(call: number) }
            _ = try? await scene.ring()
            let wasReached = scene.documents.callCount >= number
            scene.documents.fail(call: nil)
            scene.documents.loseAnswer(call: nil)
            let (ring, key) = try await scene.ring()
            let file = try await Scene.write(ring, key)
            let fresh = try await scene.open()
            #expect(await Scene.refusal(fresh, file) == nil, "call \(number)")
            _ = try await fresh.logKeys()
            #expect(try await fresh.check(named: [file.version]).problems == [], "call \(number)")
            #expect(try await fresh.manifest().keys.count == 1, "call \(number)")
            if !wasReached { break }
            number += 1
        }
        #expect(number > 8)
    }

    @Test("establishing with a root key file that a crash has left, whole")
    func rootFileLeft() async throws {
        let scene = try Scene()
        scene.documents.fail(call: 2)
        await #expect(throws: KeyError.self) { _ = try await scene.establish() }
        scene.documents.fail(call: nil)
        let left = try Data(contentsOf: URL(fileURLWithPath: scene.folder + "/root.key"))
        _ = try await scene.ring()
        #expect(try Data(contentsOf: URL(fileURLWithPath: scene.folder + "/root.key")) == left)
    }
}
