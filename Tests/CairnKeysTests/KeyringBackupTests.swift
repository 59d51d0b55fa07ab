import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnTestKit
import Foundation
import Testing

@Suite("A backup of the keyring opens with its passphrase, whole or not at all, and fills in what is missing")
struct KeyringBackupTests {
    static let passphrase = KeyMaterial(Secret(Array("correct horse battery".utf8).span))

    /// A backup, sealed anew by what its description says and not by the library: with the cheapest derivation that is
    /// read, so that many changes of it can be tried.
    struct Cheap {
        let bytes: [UInt8]

        init(_ backup: [UInt8]) throws {
            func number(_ at: Int, _ count: Int) -> Int { backup[at..<at + count].reduce(0) { $0 << 8 | Int($1) } }
            let salt = Array(backup[33..<65])
            let rootEnd = 77 + number(73, 4)
            let (old, new) = (try Self.keys(1 << 17, salt), try Self.keys(1 << 15, salt))
            func sealAnew(_ record: [UInt8]) throws -> [UInt8] {
                var at = 10
                for _ in 0..<2 { at += 2 + Int(record[at]) << 8 + Int(record[at + 1]) }
                let (words, commitment) = (Array(record[..<at]), Array(record[at..<at + 32]))
                guard commitment == old.commitment else { throw KeyError.refused("another commitment than is said") }
                let nonce = Array(record[at + 32..<at + 44])
                let content = try old.cipher.open(Array(record[(at + 44)...]), nonce: nonce, aad: words + commitment)
                return words + new.commitment + nonce
                    + new.cipher.seal(content, nonce: nonce, aad: words + new.commitment)
            }
            let root = try sealAnew(Array(backup[77..<rootEnd]))
            var bytes = Array(backup[..<77])
            bytes.replaceSubrange(9..<17, with: [0, 0, 0, 0, 0, 0, 0x80, 0])
            bytes += root
            bytes += try sealAnew(Array(backup[rootEnd...]))
            self.bytes = bytes
        }

        private static func keys(_ n: UInt64, _ salt: [UInt8]) throws -> (commitment: [UInt8], cipher: AESGCM) {
            let cost = Scrypt.Cost(n: n, r: 8, p: 1)
            let derived = Scrypt.derive(passphrase.secret, salt: salt, cost: cost, count: 32)
            guard let derived else { throw KeyError.unavailable("no memory") }
            func part(_ info: String) -> Secret {
                HKDF.derive(.sha512, key: derived, salt: [], info: Array(info.utf8), count: 32)
            }
            return (Scene.bytes(part("cairn commitment")), AESGCM(key: part("cairn seal")))
        }
    }

    private func restore(_ bytes: [UInt8], _ scene: Scene) async throws(KeyError) -> Keyring.RestoreReport {
        try await Keyring.restore(
            try KeyringBackup(bytes, passphrase: Self.passphrase), documents: scene.documents, time: scene.time,
            random: scene.random, root: scene.root, by: Scene.alice, environment: { _ in nil })
    }

    private func backup(_ ring: Keyring) async throws -> [UInt8] {
        try Cheap(try await ring.backup(passphrase: Self.passphrase, by: Scene.alice)).bytes
    }

    @Test("into an empty store without a root key file: the root comes along, all is as it was")
    func empty() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        var files = [try await Scene.write(ring, key)]
        _ = try await ring.rotate(key.id, by: Scene.alice)
        files.append(try await Scene.write(ring, key, account: Scene.otherAccount))
        let signing = try await ring.signingKey(.usEast1)
        let bytes = try await ring.backup(passphrase: Self.passphrase, by: Scene.alice)
        let elsewhere = try Scene(seed: 2)
        let report = try await restore(bytes, elsewhere)
        let generation = try await ring.manifest().generation
        #expect(report.refused == [] && report.alreadyThere == 0 && report.generation == generation)
        let restored = try await elsewhere.open()
        for file in files { #expect(await Scene.refusal(restored, file) == nil) }
        #expect(restored.rootID == ring.rootID)
        #expect(try await restored.sign([1], with: signing) == ring.sign([1], with: signing))
        #expect(try await restored.check(named: Set(files.map(\.version))).problems == [])
        #expect(try await restored.pendingEvents().last?.name == "RestoreKeyring")
        let attributes = try FileManager.default.attributesOfItem(atPath: elsewhere.folder + "/root.key")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try await restore(bytes, elsewhere).restored == 0)
    }

    @Test("where another root key lies already it is left alone")
    func otherRootFile() async throws {
        let scene = try Scene()
        let bytes = try await backup(try await scene.ring().ring)
        let elsewhere = try Scene(seed: 2)
        _ = try elsewhere.secretFile("root.key", String(repeating: "ab", count: 32))
        await #expect { _ = try await restore(bytes, elsewhere) } throws: { "\($0)".contains("move it away first") }
        #expect(elsewhere.documents.snapshot().isEmpty)
        let other = try Scene(seed: 3)
        _ = try await other.ring()
        let before = other.documents.snapshot().map(\.revision).max()
        await #expect { _ = try await restore(bytes, other) } throws: { "\($0)".contains("another root") }
        #expect(other.documents.snapshot().map(\.revision).max() == before)
    }

    @Test("every 97th flipped bit and every 97th truncation is refused, with no word about why")
    func changed() async throws {
        let scene = try Scene()
        let ring = try await scene.establish()
        let bytes = try await backup(ring)
        _ = try KeyringBackup(bytes, passphrase: Self.passphrase)
        var messages: Set<String> = []
        func expectRefusal(_ changed: [UInt8], _ what: String) {
            do throws(KeyError) {
                _ = try KeyringBackup(changed, passphrase: Self.passphrase)
                Issue.record("\(what) was not noticed")
            } catch { messages.insert("\(error)") }
        }
        for bit in stride(from: 0, to: bytes.count * 8, by: 97) {
            var copy = bytes
            copy[bit / 8] ^= 1 << UInt8(bit % 8)
            expectRefusal(copy, "bit \(bit)")
        }
        let ofKey = messages.filter { $0.contains("does not open") }
        #expect(ofKey.count == 1, "one message, whatever was changed: \(ofKey)")
        for count in stride(from: 0, to: bytes.count, by: 97) {
            expectRefusal(Array(bytes[..<count]), "a cut to \(count)")
        }
        expectRefusal(bytes + [0], "a byte more")
        let wrong = KeyMaterial(Secret(Array("correct horse batterz".utf8).span))
        do throws(KeyError) {
            _ = try KeyringBackup(bytes, passphrase: wrong)
            Issue.record("another passphrase was not noticed")
        } catch { #expect(ofKey == ["\(error)"], "the message of another passphrase is the same") }
    }

    @Test("what costs too much is refused before any work, lengths are not believed")
    func greedy() async throws {
        let scene = try Scene()
        let bytes = try await backup(try await scene.establish())
        let clock = ContinuousClock()
        for (place, value) in [
            (9, [UInt8](repeating: 0xFF, count: 8)), (17, [0, 0, 0, 0, 0, 0, 0, 9]),
            (25, [0, 0, 0, 0, 0, 0, 0, 5]), (25, [UInt8](repeating: 0, count: 8)), (9, [0, 0, 0, 0, 0, 0, 0x40, 0]),
            (73, [0xFF, 0xFF, 0xFF, 0xFF]), (8, [2]), (8, [0]),
        ] as [(Int, [UInt8])] {
            var copy = bytes
            copy.replaceSubrange(place..<place + value.count, with: value)
            let took = clock.measure {
                #expect(throws: KeyError.self) { _ = try KeyringBackup(copy, passphrase: Self.passphrase) }
            }
            #expect(took < .milliseconds(50), "\(value) at \(place)")
        }
    }

    @Test("a passphrase of fewer than twelve bytes is refused, and nothing is recorded")
    func short() async throws {
        let scene = try Scene()
        let ring = try await scene.establish()
        let before = try await ring.manifest().generation
        await #expect(throws: KeyError.self) {
            _ = try await ring.backup(
                passphrase: KeyMaterial(Secret(Array("elevenbytes".utf8).span)), by: Scene.alice)
        }
        #expect(try await ring.manifest().generation == before)
    }

    @Test("fills in what is missing, and replaces nothing")
    func fillsIn() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let files = [
            try await Scene.write(ring, key), try await Scene.write(ring, key, account: Scene.otherAccount),
        ]
        let bytes = try await backup(ring)
        _ = try await ring.rotate(key.id, by: Scene.alice)
        _ = try await ring.rewrap(key.id, by: Scene.alice)
        try await ring.disable(key.id, by: Scene.alice)
        try await ring.enable(key.id, by: Scene.alice)
        for record in [try await scene.all("keys/trail/")[0], try await scene.all("keys/managed/")[0]] {
            try await scene.remove(record)
        }
        let before = try await ring.manifest()
        let kept = scene.documents.snapshot().filter { "\($0.key)" != "keys/manifest" }
        #expect(try await !ring.check(named: Set(files.map(\.version))).problems.isEmpty)
        let report = try await restore(bytes, scene)
        #expect(report.restored == 2 && report.refused == [])
        for document in kept { #expect(try await scene.documents.get(document.key) == document) }
        let after = try await ring.manifest()
        #expect(after.keys == before.keys && after.generation == before.generation + 1)
        for one in [ring, try await scene.open()] {
            for file in files { #expect(await Scene.refusal(one, file) == nil) }
        }
        #expect(try await ring.check(named: Set(files.map(\.version))).problems == [])
    }

    @Test("what was shredded, destroyed or retired does not come back")
    func tombstones() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let march = try await Scene.write(ring, key)
        let signing = try await ring.signingKey(.usEast1)
        scene.toNextMonth()
        _ = try await ring.rotate(key.id, by: Scene.alice)
        let april = try await Scene.write(ring, key)
        let bytes = try await backup(ring)
        _ = try await scene.shred(ring)
        try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        try await ring.maintainSigning([.usEast1])
        let report = try await restore(bytes, scene)
        #expect(
            report.refused.sorted() == [
                "signing key \(signing.fingerprint)", march.version, "version 1 of \(key)",
            ])
        for one in [ring, try await scene.open()] {
            #expect(await Scene.refusal(one, march) == .shredded(march.version))
            #expect(await Scene.refusal(one, april) == nil)
        }
        #expect(try await scene.all("keys/managed/").count == 1)
        #expect(try await scene.all("keys/trail/").count == 1)
        #expect(try await scene.all("keys/signing/").count == 1)
    }

    @Test("killed at any call a restore is done again", arguments: [false, true])
    func interrupted(_ losesAnswer: Bool) async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        let opened = try KeyringBackup(try await backup(ring), passphrase: Self.passphrase)
        let elsewhere = try Scene(seed: 2)
        var number = 1
        while true {
            elsewhere.documents.restore([])
            try? FileManager.default.removeItem(atPath: elsewhere.folder + "/root.key")
            func restore() async throws {
                _ = try await Keyring.restore(
                    opened, documents: elsewhere.documents, time: elsewhere.time, random: elsewhere.random,
                    root: elsewhere.root, by: Scene.alice, environment: { _ in nil })
            }
            let before = elsewhere.documents.callCount
            if losesAnswer {
                elsewhere.documents.loseAnswer(call: number)
            } else {
                elsewhere.documents.fail(call: number)
            }
            try? await restore()
            let wasReached = elsewhere.documents.callCount >= before + number
            elsewhere.documents.fail(call: nil)
            elsewhere.documents.loseAnswer(call: nil)
            try await restore()
            let fresh = try await elsewhere.open()
            #expect(await Scene.refusal(fresh, file) == nil, "call \(number)")
            #expect(try await fresh.check(named: [file.version]).problems == [], "call \(number)")
            if !wasReached { break }
            number += 1
        }
        #expect(number > 8)
    }
}
