import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("Killed at any moment and called again: nothing is lost, nothing is left half done")
struct CrashTests {
    /// Something that is done to a keyring, and may be done again.
    struct Operation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (Keyring, KeyARN) async throws -> Void
        /// Whether the keys of March are gone after it.
        var shreds = false
    }

    static let operations = [
        Operation(testDescription: "rotate") { _ = try await $0.rotate($1.id, by: Fixture.actor) },
        Operation(testDescription: "rewrap") { _ = try await $0.rewrap($1.id, by: Fixture.actor) },
        Operation(testDescription: "rekey") { ring, _ in
            _ = try await ring.rekey(trail: nil, account: nil, by: Fixture.actor)
        },
        Operation(testDescription: "rewrap and destroy") { ring, key in
            _ = try await ring.rewrap(key.id, by: Fixture.actor)
            try await ring.destroy(key.id, version: 1, isForced: false, by: Fixture.actor)
        },
        Operation(testDescription: "create") { ring, _ in
            // A second call finds the alias of the first.
            _ = try? await ring.create(
                region: .usEast1, account: Fixture.account, description: "", alias: "second", rotationDays: nil,
                by: Fixture.actor)
            guard try await ring.manifest().key("alias/second") != nil else { throw KeyError.unknownKey("second") }
        },
        Operation(testDescription: "a new data key") { ring, key in
            _ = try await Fixture.seal(ring, key, account: try AccountID("777788889999"))
        },
        Operation(testDescription: "signing keys") { ring, _ in
            try await ring.maintainSigning([.usEast1])
        },
        Operation(
            testDescription: "shred",
            run: { ring, _ in
                _ = try await ring.shred(
                    trail: Fixture.trail, account: Fixture.account, period: "2026-03", isDryRun: false,
                    by: Fixture.actor)
            }, shreds: true),
    ]

    @Test("a call of the documents fails, or its answer is lost", arguments: operations, [false, true])
    func everyCall(_ operation: Operation, _ losesAnswer: Bool) async throws {
        var call = 1
        while true {
            let fixture = try Fixture(seed: UInt64(call))
            let (first, key) = try await fixture.ring()
            let march = try await Fixture.seal(first, key)
            let other = try await Fixture.seal(first, key, account: try AccountID("444455556666"))
            fixture.time.advance(by: Fixture.day * 31)
            _ = try await first.rotate(key.id, by: Fixture.actor)
            let april = try await Fixture.seal(first, key)
            let before = fixture.documents.callCount
            if losesAnswer { fixture.documents.loseAnswer(call: call) } else { fixture.documents.fail(call: call) }
            try? await operation.run(first, key)
            let wasReached = fixture.documents.callCount >= before + call
            fixture.documents.fail(call: nil)
            fixture.documents.loseAnswer(call: nil)
            // The process is gone; another one opens the keyring, and the operation is done again.
            let ring = try await fixture.open()
            for sealed in [other, april] { #expect(try await Fixture.opens(ring, sealed), "call \(call)") }
            if !operation.shreds { #expect(try await Fixture.opens(ring, march), "call \(call)") }
            try await operation.run(ring, key)
            try await ring.finishWhatIsLeft()
            for sealed in [other, april] { #expect(try await Fixture.opens(ring, sealed), "call \(call)") }
            if operation.shreds {
                await #expect(throws: KeyError.shredded(march.version)) { _ = try await Fixture.opens(ring, march) }
                #expect(try await fixture.documents.list(prefix: "keys/trail/").count == 2)
            } else {
                #expect(try await Fixture.opens(ring, march), "call \(call)")
            }
            let after = try await Fixture.seal(ring, key)
            #expect(try await Fixture.opens(ring, after))
            #expect(try await ring.check(named: []).problems == [], "call \(call)")
            if !wasReached { break }
            call += 1
        }
        #expect(call > 2)
    }

    @Test("establishing", arguments: [false, true])
    func establishing(_ losesAnswer: Bool) async throws {
        for call in 1...12 {
            let fixture = try Fixture(seed: UInt64(call))
            if losesAnswer { fixture.documents.loseAnswer(call: call) } else { fixture.documents.fail(call: call) }
            _ = try? await fixture.ring()
            fixture.documents.fail(call: nil)
            fixture.documents.loseAnswer(call: nil)
            let (ring, key) = try await fixture.ring()
            let sealed = try await Fixture.seal(ring, key)
            #expect(try await Fixture.opens(try await fixture.open(), sealed))
            _ = try await ring.logKeys()
            #expect(try await ring.check(named: []).problems == [])
        }
    }

    @Test("changing roots can be finished from wherever it stopped, and then the old root opens nothing")
    func reroot() async throws {
        for losesAnswer in [false, true] {
            var call = 1
            while true {
                let fixture = try Fixture(seed: UInt64(call))
                let (first, key) = try await fixture.ring()
                let sealed = try await Fixture.seal(first, key)
                let old = fixture.folder + "/old.key"
                try FileManager.default.copyItem(atPath: fixture.folder + "/root.key", toPath: old)
                func reroot() async throws {
                    _ = try await Keyring.reroot(
                        documents: fixture.documents, time: fixture.time, random: fixture.random, root: fixture.root,
                        new: .file(fixture.folder + "/root.key.new"), by: Fixture.actor, environment: { _ in nil }
                    ) { () throws(KeyError) in
                        try RootSource.replace(fixture.folder + "/root.key", with: fixture.folder + "/root.key.new")
                    }
                }
                let before = fixture.documents.callCount
                if losesAnswer { fixture.documents.loseAnswer(call: call) } else { fixture.documents.fail(call: call) }
                let isDone = (try? await reroot()) != nil
                let wasReached = fixture.documents.callCount >= before + call
                fixture.documents.fail(call: nil)
                fixture.documents.loseAnswer(call: nil)
                // Before it is finished, a node may start all the same.
                #expect(try await Fixture.opens(try await fixture.open(), sealed), "call \(call)")
                if !isDone { try await reroot() }
                let ring = try await fixture.open()
                #expect(try await Fixture.opens(ring, sealed), "call \(call)")
                #expect(try await ring.check(named: [sealed.version]).problems == [], "call \(call)")
                await #expect(throws: KeyError.otherRoot) { _ = try await fixture.open(.file(old)) }
                #expect(!FileManager.default.fileExists(atPath: fixture.folder + "/root.key.new"))
                if !wasReached { break }
                call += 1
            }
            #expect(call > 10)
        }
    }
}
