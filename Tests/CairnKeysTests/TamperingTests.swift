import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("Whoever can write the documents can deny service, and nothing else")
struct TamperingTests {
    private static func isRefused(_ error: any Error) -> Bool {
        switch error as? KeyError {
        case .damagedRecord, .missingTrailKey, .unknownKey, .noKeyring, .otherRoot: true
        default: false
        }
    }

    /// Every flipped bit and some truncations of a document are refused by what reads it.
    private func expectRefusals(_ fixture: Fixture, _ prefix: String, _ use: (Keyring) async throws -> Void)
        async throws
    {
        let document = try await fixture.document(prefix)
        var changed: [[UInt8]] = (0..<document.body.count * 8).map { bit in
            var body = document.body
            body[bit / 8] ^= 1 << UInt8(bit % 8)
            return body
        }
        changed += (0..<document.body.count).map { Array(document.body[..<$0]) } + [document.body + [0]]
        for (number, body) in changed.enumerated() {
            try await fixture.replace(document, with: body)
            do {
                let ring = try await fixture.open()
                try await use(ring)
                Issue.record("change \(number) of \(document.key) was not noticed")
            } catch {
                #expect(Self.isRefused(error), "change \(number) of \(document.key): \(error)")
            }
        }
        try await fixture.replace(document, with: document.body)
        try await use(try await fixture.open())
    }

    @Test("every flipped bit and every truncation of a trail key, a managed key and the manifest")
    func bits() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        try await ring.forget(events: try await ring.pendingEvents())
        let sealed = try await Fixture.seal(ring, key)
        for prefix in ["keys/trail/", "keys/managed/", "keys/manifest"] {
            try await expectRefusals(fixture, prefix) { (ring) async throws in
                let opens = try await Fixture.opens(ring, sealed)
                #expect(opens)
            }
        }
        try await expectRefusals(fixture, "keys/log/") { _ = try await $0.logKeys() }
    }

    @Test("records that stand in each other's places, between versions, accounts and trails")
    func swapped() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        var sealed = [try await Fixture.seal(ring, key)]
        _ = try await ring.rekey(trail: nil, account: nil, by: Fixture.actor)
        sealed.append(try await Fixture.seal(ring, key))
        sealed.append(try await Fixture.seal(ring, key, account: try AccountID("444455556666")))
        sealed.append(try await Fixture.seal(ring, key, trail: UniqueID(random: [UInt8](repeating: 3, count: 16))))
        let records = try await fixture.documents.list(prefix: "keys/trail/")
        #expect(records.count == 4)
        for a in records {
            for b in records where a.key != b.key {
                try await fixture.replace(a, with: b.body)
                let ring = try await fixture.open()
                var refused = 0
                for one in sealed {
                    do { #expect(try await Fixture.opens(ring, one)) } catch {
                        #expect(Self.isRefused(error))
                        refused += 1
                    }
                }
                #expect(refused == 1)
                #expect(try await ring.check(named: []).problems.count == 1)
                try await fixture.replace(a, with: a.body)
            }
        }
    }

    @Test("the old, leaked key under a new version's name; a version more than there are")
    func replayed() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let old = try await Fixture.seal(ring, key)
        let leaked = try await fixture.document("keys/trail/")
        let planted = try DocumentKey("\(leaked.key)".replacing("00000001", with: "00000002"))
        _ = try await fixture.documents.put(planted, leaked.body, ifRevision: nil)
        let fresh = try await fixture.open()
        await #expect(throws: KeyError.self) { _ = try await Fixture.seal(fresh, key) }
        #expect(try await Fixture.opens(fresh, old))
    }

    @Test("Disabled does not become Enabled by an older manifest without its generation going back")
    func rolledBack() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let snapshot = fixture.documents.snapshot()
        let generation = try await ring.manifest().generation
        try await ring.disable(key.id, by: Fixture.actor)
        #expect(try await ring.manifest().generation > generation)
        fixture.documents.restore(snapshot)
        // The digests' quotes of the generation are what notices this.
        #expect(try await fixture.open().manifest().generation == generation)
    }

    @Test("the root of another keyring, and another passphrase: one message, and nothing is changed")
    func otherRoots() async throws {
        let fixture = try Fixture()
        _ = try await fixture.ring()
        let before = fixture.documents.snapshot().map(\.revision).max()
        let elsewhere = try Fixture(seed: 2)
        _ = try await elsewhere.establish()
        let pass = fixture.folder + "/pass"
        try SecretFile.create(pass, Secret(Array("correct horse battery".utf8).span))
        for root in [elsewhere.root, .passphrase(file: pass)] {
            await #expect(throws: KeyError.otherRoot) { _ = try await fixture.open(root) }
            await #expect(throws: KeyError.otherRoot) { _ = try await fixture.establish(root) }
        }
        #expect(fixture.documents.snapshot().map(\.revision).max() == before)
    }

    @Test("a passphrase opens what it made, another one does not, and too much work is refused before any")
    func passphrases() async throws {
        let fixture = try Fixture()
        let (right, wrong) = (fixture.folder + "/right", fixture.folder + "/wrong")
        try SecretFile.create(right, Secret(Array("correct horse battery\n".utf8).span))
        try SecretFile.create(wrong, Secret(Array("correct horse battery staple\n".utf8).span))
        let ring = try await fixture.establish(.passphrase(file: right))
        let key = try await ring.standardKey(region: .usEast1, account: Fixture.account).arn
        let sealed = try await Fixture.seal(ring, key)
        #expect(try await Fixture.opens(try await fixture.open(.passphrase(file: right)), sealed))
        await #expect(throws: KeyError.otherRoot) { _ = try await fixture.open(.passphrase(file: wrong)) }
        let root = try await fixture.document("keys/root")
        let greedy = String(decoding: root.body, as: UTF8.self).replacing("131072", with: "1073741824")
        try await fixture.replace(root, with: Array(greedy.utf8))
        await #expect {
            _ = try await fixture.open(.passphrase(file: right))
        } throws: { "\($0)".contains("more work than is taken") }
    }

    @Test("a root key file that others may read is refused, and so is one that holds something else")
    func rootFiles() async throws {
        for (mode, text, reason) in [
            (0o640, String(repeating: "a", count: 64), "others may read it (mode 640)"),
            (0o600, "not a key", "expected 32 bytes or 64 hex digits, found 9 bytes"), (0o600, "", "it is empty"),
        ] {
            let fixture = try Fixture()
            let path = fixture.folder + "/root.key"
            #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            await #expect { _ = try await fixture.establish() } throws: { "\($0)".contains(reason) }
        }
        let fixture = try Fixture()
        _ = try await fixture.establish()
        let attributes = try FileManager.default.attributesOfItem(atPath: fixture.folder + "/root.key")
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("roots of systemd's credentials and of the environment")
    func otherSources() async throws {
        let fixture = try Fixture()
        let file = fixture.folder + "/cairn-root"
        try SecretFile.create(file, Secret([UInt8](repeating: 7, count: 32).span))
        let folder = fixture.folder
        func establish(_ root: RootSource, isSet: Bool = true) async throws(KeyError) -> Keyring {
            try await Keyring.establish(
                documents: fixture.documents, time: fixture.time, random: fixture.random, root: root,
                environment: { $0 == "CREDENTIALS_DIRECTORY" && isSet ? folder : nil })
        }
        await #expect(throws: KeyError.self) { _ = try await establish(.credential("cairn-root"), isSet: false) }
        let ring = try await establish(.credential("cairn-root"))
        let key = try await ring.standardKey(region: .usEast1, account: Fixture.account).arn
        let sealed = try await Fixture.seal(ring, key)
        setenv("CAIRN_TEST_ROOT", String(repeating: "07", count: 32), 1)
        #expect(try await Fixture.opens(try await establish(.environment("CAIRN_TEST_ROOT")), sealed))
        await #expect(throws: KeyError.self) { _ = try await establish(.environment("CAIRN_TEST_NONE")) }
        for text in ["file:", "credential:a/b", "x", "", "env:", "kms:abc", "kms:"] { #expect(RootSource(text) == nil) }
        for text in ["file:/a", "credential:x", "passphrase", "passphrase:/p", "env:X"] {
            #expect(RootSource(text)?.description == text)
        }
    }
}
