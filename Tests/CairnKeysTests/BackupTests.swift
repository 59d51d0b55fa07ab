import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("A backup brings back what is missing, never what was destroyed on purpose")
struct BackupTests {
    static let passphrase = KeyMaterial(Secret(Array("correct horse battery".utf8).span))

    static func restore(_ backup: KeyringBackup, _ fixture: Fixture) async throws(KeyError) -> Keyring.RestoreReport {
        try await Keyring.restore(
            backup, documents: fixture.documents, time: fixture.time, random: fixture.random, root: fixture.root,
            by: Fixture.actor, environment: { _ in nil })
    }

    @Test("into an empty directory: the root comes along, everything opens")
    func empty() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let sealed = try await Fixture.seal(ring, key)
        let bytes = try await ring.backup(passphrase: Self.passphrase, by: Fixture.actor)
        #expect(try await ring.pendingEvents().last?.name == "BackupKeyring")
        let elsewhere = try Fixture(seed: 2)
        let report = try await Self.restore(try KeyringBackup(bytes, passphrase: Self.passphrase), elsewhere)
        #expect(report.refused.isEmpty && report.alreadyThere == 0 && report.restored > 4)
        let restored = try await elsewhere.open()
        #expect(try await Fixture.opens(restored, sealed))
        #expect(try await restored.pendingEvents().last?.name == "RestoreKeyring")
        let again = try await Self.restore(try KeyringBackup(bytes, passphrase: Self.passphrase), elsewhere)
        #expect(again.restored == 0)
    }

    @Test("another passphrase, changed bytes, a cut: one message; what costs too much is refused before any work")
    func refused() async throws {
        let fixture = try Fixture()
        let (ring, _) = try await fixture.ring()
        let bytes = try await ring.backup(passphrase: Self.passphrase, by: Fixture.actor)
        let other = KeyMaterial(Secret(Array("correct horse batterx".utf8).span))
        #expect { _ = try KeyringBackup(bytes, passphrase: other) } throws: { "\($0)".contains("does not open") }
        var changed: [[UInt8]] = []
        // Through the header one by one, then here and there: each costs a scrypt.
        for place in [40, 70, 75, 90, 200, bytes.count / 2, bytes.count - 1] {
            var copy = bytes
            copy[place] ^= 1
            changed.append(copy)
        }
        changed.append(Array(bytes.dropLast()))
        for bad in changed {
            #expect(throws: KeyError.self) { _ = try KeyringBackup(bad, passphrase: Self.passphrase) }
        }
        for place in [0, 8, 9, 20, 30] {
            var copy = bytes
            copy[place] ^= 0x40
            #expect(throws: KeyError.self) { _ = try KeyringBackup(copy, passphrase: Self.passphrase) }
        }
        for count in [0, 8, 70, 77] {
            #expect(throws: KeyError.self) {
                _ = try KeyringBackup(Array(bytes[..<count]), passphrase: Self.passphrase)
            }
        }
        await #expect(throws: KeyError.self) {
            _ = try await ring.backup(passphrase: KeyMaterial(Secret(Array("short".utf8).span)), by: Fixture.actor)
        }
    }

    @Test("fills in records that were lost, and leaves alone what is there")
    func fillsIn() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let sealed = try await Fixture.seal(ring, key)
        let bytes = try await ring.backup(passphrase: Self.passphrase, by: Fixture.actor)
        _ = try await ring.rotate(key.id, by: Fixture.actor)
        let lost = try await fixture.document("keys/trail/")
        try await fixture.documents.remove(lost.key, ifRevision: lost.revision)
        await #expect(throws: KeyError.missingTrailKey(sealed.version)) { _ = try await Fixture.opens(ring, sealed) }
        #expect(try await ring.check(named: [sealed.version]).problems.count == 1)
        let report = try await Self.restore(try KeyringBackup(bytes, passphrase: Self.passphrase), fixture)
        #expect(report.restored == 1)
        #expect(try await Fixture.opens(ring, sealed))
        #expect(try await ring.manifest().key(key)?.current?.number == 2)
    }

    @Test("what was shredded or destroyed stays so")
    func tombstones() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let march = try await Fixture.seal(ring, key)
        fixture.time.advance(by: Fixture.day * 31)
        _ = try await ring.rotate(key.id, by: Fixture.actor)
        let april = try await Fixture.seal(ring, key)
        let bytes = try await ring.backup(passphrase: Self.passphrase, by: Fixture.actor)
        _ = try await ring.shred(
            trail: Fixture.trail, account: Fixture.account, period: "2026-03", isDryRun: false, by: Fixture.actor)
        try await ring.destroy(key.id, version: 1, isForced: false, by: Fixture.actor)
        let report = try await Self.restore(try KeyringBackup(bytes, passphrase: Self.passphrase), fixture)
        #expect(report.refused.count == 2 && report.refused.contains(march.version))
        await #expect(throws: KeyError.shredded(march.version)) { _ = try await Fixture.opens(ring, march) }
        #expect(try await Fixture.opens(ring, april))
        #expect(try await fixture.documents.list(prefix: "keys/managed/").count == 1)
        // Pending: the backup still opens with its own root, which is the present one.
        #expect(try await ring.pendingTombstones().count == 1)
        _ = try await Keyring.reroot(
            documents: fixture.documents, time: fixture.time, random: fixture.random, root: fixture.root,
            new: .file(fixture.folder + "/new"), by: Fixture.actor, environment: { _ in nil }
        ) { () throws(KeyError) in }
        let rerooted = try await fixture.open(.file(fixture.folder + "/new"))
        #expect(try await rerooted.pendingTombstones().isEmpty)
        #expect(try await Fixture.opens(rerooted, april))
        await #expect(throws: KeyError.otherRoot) {
            _ = try await Self.restore(try KeyringBackup(bytes, passphrase: Self.passphrase), fixture)
        }
    }
}
