import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("Shredding makes a period's files unreadable for ever, and no others")
struct ShredTests {
    @Test("the running period is refused, and one in which nothing was made")
    func refused() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        for period in ["2026-03", "2026-04", "2027-01", "2026-02", "2026", "", "x", "2026-03-01"] {
            await #expect(throws: KeyError.self, "\(period)") { _ = try await scene.shred(ring, period) }
        }
        #expect(try await Scene.opens(ring, file))
        #expect(try await ring.manifest().tombstones.isEmpty)
    }

    @Test("a dry run says what would go, and nothing does")
    func dryRun() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        scene.toNextMonth()
        let generation = try await ring.manifest().generation
        let tombstone = try await ring.shred(
            trail: Scene.trail, account: Scene.account, period: "2026-03", isDryRun: true, by: Scene.alice
        ) { Issue.record("a dry run waits for nothing") }
        #expect(tombstone.names == [file.version])
        #expect(try await Scene.opens(ring, file))
        #expect(try await ring.manifest().generation == generation)
    }

    @Test("every key of the period goes, those of rekeys too; others of the account, trail and period stay")
    func shreds() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let worker = try await scene.open()
        var march = [try await Scene.write(worker, key)]
        _ = try await ring.rekey(trail: nil, account: nil, by: Scene.alice)
        march.append(try await Scene.write(worker, key))
        var kept = [
            try await Scene.write(worker, key, account: Scene.otherAccount),
            try await Scene.write(worker, key, trail: Scene.otherTrail),
        ]
        scene.toNextMonth()
        kept.append(try await Scene.write(worker, key))
        let tombstone = try await scene.shred(ring)
        #expect(tombstone.names == march.map(\.version) && tombstone.by == "alice" && tombstone.root == ring.rootID)
        for one in [ring, worker, try await scene.open()] {
            for file in march { #expect(await Scene.refusal(one, file) == .shredded(file.version)) }
            for file in kept { #expect(await Scene.refusal(one, file) == nil) }
        }
        #expect(try await scene.shred(ring) == tombstone, "asked again")
        #expect(try await ring.manifest().tombstones == [tombstone])
        #expect(try await ring.pendingEvents().filter { $0.name == "ShredTrailKeys" }.count == 1)
        let report = try await ring.check(named: Set(march.map(\.version)))
        #expect(report.problems.count == 2 && report.problems.allSatisfy { $0.contains("was shredded") })
    }

    @Test("while files of the period are being delivered, nothing is destroyed")
    func waitsForDeliveries() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        scene.toNextMonth()
        let generation = try await ring.manifest().generation
        await #expect(throws: KeyError.refused("a file is on its way")) {
            try await ring.shred(
                trail: Scene.trail, account: Scene.account, period: "2026-03", isDryRun: false, by: Scene.alice
            ) { () async throws(KeyError) in throw .refused("a file is on its way") }
        }
        #expect(try await Scene.opens(ring, file))
        #expect(try await ring.manifest().generation == generation)
    }

    @Test("when the newest keys of a trail are shredded, the next one has a name that was never used")
    func namesAreNotUsedAgain() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let march = try await Scene.write(ring, key)
        scene.toNextMonth()
        _ = try await scene.shred(ring)
        for one in [ring, try await scene.open()] {
            let april = try await Scene.write(one, key)
            #expect(april.version != march.version)
            #expect(await Scene.refusal(ring, april) == nil)
        }
        try await ring.finishWhatIsLeft()
        let later = try await Scene.write(ring, key)
        #expect(await Scene.refusal(ring, later) == nil)
        // The same for a rekey, which begins at what is newest.
        scene.toNextMonth()
        let may = try await Scene.write(ring, key)
        scene.toNextMonth()
        _ = try await scene.shred(ring, "2026-05")
        let names = try await ring.rekey(trail: nil, account: nil, by: Scene.alice)
        #expect(!names.map(\.description).contains(may.version))
        let june = try await Scene.write(ring, key)
        #expect(await Scene.refusal(ring, june) == nil)
    }

    @Test("a shredded key whose record a crash has left encrypts nothing, whatever the clock says")
    func leftByCrash() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let march = try await Scene.write(ring, key)
        scene.toNextMonth()
        let steered = SteeredDocuments(scene.documents) {
            $0.kind == .remove && $1 == .before
        } _: {
            scene.documents.fail(call: 1)
        }
        await #expect(throws: KeyError.self) { _ = try await scene.shred(try await scene.open(over: steered)) }
        scene.clock.jump(to: Scene.start)
        for one in [ring, try await scene.open()] {
            let file = try await Scene.write(one, key)
            #expect(file.version != march.version)
            #expect(await Scene.refusal(one, file) == nil)
            #expect(await Scene.refusal(one, march) == .shredded(march.version))
        }
        #expect(try await !ring.check(named: []).problems.isEmpty, "what is left is shown")
        try await ring.finishWhatIsLeft()
        #expect(try await ring.check(named: []).problems == [])
        #expect(try await scene.all("keys/trail/").allSatisfy { !"\($0.key)".hasSuffix("\(Scene.account)/00000001") })
    }

    /// The content of a sealed record, opened by what its description says and not by the library.
    private static func content(of record: [UInt8], under key: borrowing Secret) throws -> Secret {
        var at = 10
        for _ in 0..<2 { at += 2 + Int(record[at]) << 8 + Int(record[at + 1]) }
        let sealing = HKDF.derive(.sha512, key: key, salt: [], info: Array("cairn seal".utf8), count: 32)
        return try AESGCM(key: sealing).openSecret(
            Array(record[(at + 44)...]), nonce: Array(record[at + 32..<at + 44]), aad: Array(record[..<(at + 32)]))
    }

    @Test(
        "an older copy of a record opens under what wrapped it, whatever the root: until that is destroyed it is pending"
    )
    func olderCopies() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let march = try await Scene.write(ring, key)
        scene.toNextMonth()
        _ = try await ring.rotate(key.id, by: Scene.alice)
        let copy = try await scene.all("keys/trail/")[0]
        _ = try await ring.rewrap(key.id, by: Scene.alice)
        _ = try await scene.shred(ring)
        let new = scene.folder + "/new.key"
        _ = try await Keyring.reroot(
            documents: scene.documents, time: scene.time, random: scene.random, root: scene.root, new: .file(new),
            by: Scene.alice, environment: { _ in nil }
        ) { () throws(KeyError) in }
        // The old root is gone; the new one and what stands now are enough, with a copy of before.
        let file = try SecretFile.read(new, limit: 64, isPrivate: true)
        guard let secret = SecretText.fromHex(file) else { throw KeyError.refused("no root key") }
        let root = KeyMaterial(secret)
        let managed = try Self.content(of: try await scene.all("keys/managed/\(key.id)/1-")[0].body, under: root.secret)
        let trailKey = try Self.content(of: copy.body, under: managed)
        let dataKey = try march.wrap.open(under: AESGCM(key: trailKey), context: try Scene.context())
        #expect(Scene.bytes(dataKey) == march.bytes)
        let rerooted = try await scene.open(.file(new))
        #expect(try await rerooted.pendingTombstones().map(\.names) == [[march.version]])
        _ = try await rerooted.rotate(key.id, by: Scene.alice)
        _ = try await rerooted.rewrap(key.id, by: Scene.alice)
        try await rerooted.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        #expect(try await rerooted.pendingTombstones().count == 1, "it was wrapped under 2 as well")
        try await rerooted.destroy(key.id, version: 2, isForced: false, by: Scene.alice)
        #expect(try await rerooted.pendingTombstones().isEmpty)
    }

    @Test("it is pending while the root of that time is in force")
    func pending() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        _ = try await Scene.write(ring, key)
        scene.toNextMonth()
        _ = try await scene.shred(ring)
        #expect(try await ring.pendingTombstones().count == 1)
        // What wrapped it is destroyed, too: an older copy of the record would open under it.
        _ = try await ring.rotate(key.id, by: Scene.alice)
        _ = try await ring.rewrap(key.id, by: Scene.alice)
        try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        #expect(try await ring.pendingTombstones().count == 1)
        let new = RootSource.file(scene.folder + "/new.key")
        _ = try await Keyring.reroot(
            documents: scene.documents, time: scene.time, random: scene.random, root: scene.root, new: new,
            by: Scene.alice, environment: { _ in nil }
        ) { () throws(KeyError) in }
        #expect(try await scene.open(new).pendingTombstones().isEmpty)
    }
}
