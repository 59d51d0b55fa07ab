import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnTestKit
import Testing

@Suite("A key record that was changed, cut or moved is refused")
struct KeyRecordTests {
    private static func isDamage(_ error: any Error) -> Bool {
        if case KeyError.damagedRecord? = error as? KeyError { true } else { false }
    }

    /// Refused as damage by the first use of it, in a process that has just begun.
    private func expectDamage(
        _ scene: Scene, _ what: String, _ use: (Keyring) async throws -> Void
    ) async {
        do {
            let ring = try await scene.open()
            try await use(ring)
            Issue.record("\(what) was not noticed")
        } catch { #expect(Self.isDamage(error), "\(what): \(error)") }
    }

    @Test("every flipped bit, every truncation, a byte more", arguments: ["keys/trail/", "keys/managed/", "keys/log/"])
    func bits(prefix: String) async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        func use(_ ring: Keyring) async throws {
            if prefix == "keys/log/" { return _ = try await ring.logKeys() }
            guard try await Scene.opens(ring, file) else { throw KeyError.refused("other bytes") }
        }
        let record = try await scene.all(prefix)[0]
        for bit in 0..<record.body.count * 8 {
            var body = record.body
            body[bit / 8] ^= 1 << UInt8(bit % 8)
            try await scene.replace(record, with: body)
            await expectDamage(scene, "bit \(bit)", use)
        }
        for count in record.body.indices {
            try await scene.replace(record, with: Array(record.body[..<count]))
            await expectDamage(scene, "a cut to \(count)", use)
        }
        try await scene.replace(record, with: record.body + [0])
        await expectDamage(scene, "a byte more", use)
        try await scene.replace(record, with: record.body)
        try await use(try await scene.open())
    }

    @Test("every flipped bit and every truncation of the manifest")
    func manifest() async throws {
        let scene = try Scene()
        let (ring, _) = try await scene.ring()
        try await ring.forget(events: try await ring.pendingEvents())
        let record = try await scene.all("keys/manifest")[0]
        for bit in 0..<record.body.count * 8 {
            var body = record.body
            body[bit / 8] ^= 1 << UInt8(bit % 8)
            try await scene.replace(record, with: body)
            await expectDamage(scene, "bit \(bit)") { _ = try await $0.manifest() }
        }
        for count in record.body.indices {
            try await scene.replace(record, with: Array(record.body[..<count]))
            await expectDamage(scene, "a cut to \(count)") { _ = try await $0.manifest() }
        }
        try await scene.replace(record, with: record.body)
        _ = try await scene.open()
    }

    @Test("a running process takes no damaged manifest either, and goes on when it is whole again")
    func running() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        let record = try await scene.all("keys/manifest")[0]
        var body = record.body
        body[body.count - 20] ^= 1
        try await scene.replace(record, with: body)
        await #expect { _ = try await Scene.opens(ring, file) } throws: { Self.isDamage($0) }
        await #expect { _ = try await Scene.write(ring, key) } throws: { Self.isDamage($0) }
        try await scene.replace(record, with: record.body)
        #expect(try await Scene.opens(ring, file))
    }

    @Test("records that stand in each other's places, of versions, accounts, trails and managed keys")
    func swapped() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        var files = [try await Scene.write(ring, key)]
        _ = try await ring.rekey(trail: nil, account: nil, by: Scene.alice)
        files.append(try await Scene.write(ring, key))
        files.append(try await Scene.write(ring, key, account: Scene.otherAccount))
        files.append(try await Scene.write(ring, key, trail: Scene.otherTrail))
        let other = try await ring.create(
            region: .usEast1, account: Scene.account, description: "", alias: nil, rotationDays: nil, by: Scene.alice)
        _ = try await ring.rotate(key.id, by: Scene.alice)
        files.append(try await Scene.write(ring, other.arn, trail: Scene.otherTrail, account: Scene.otherAccount))
        for prefix in ["keys/trail/", "keys/managed/"] {
            let records = try await scene.all(prefix)
            #expect(records.count > 2)
            for a in records {
                for b in records where a.key != b.key {
                    try await scene.replace(a, with: b.body)
                    let fresh = try await scene.open()
                    for file in files {
                        if let error = await Scene.refusal(fresh, file) {
                            #expect(Self.isDamage(error), "\(a.key) holds \(b.key): \(error)")
                        }
                    }
                    #expect(try await !fresh.check(named: []).problems.isEmpty, "\(a.key) holds \(b.key)")
                    try await scene.replace(a, with: a.body)
                }
            }
        }
        let fresh = try await scene.open()
        for file in files { #expect(try await Scene.opens(fresh, file)) }
        #expect(try await fresh.check(named: Set(files.map(\.version))).problems == [])
    }

    @Test("the record of an old, leaked version under a newer number takes no file")
    func leaked() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        let old = try await scene.all("keys/trail/")[0]
        _ = try await ring.rekey(trail: nil, account: nil, by: Scene.alice)
        let newer = try await scene.all("keys/trail/")[1]
        for name in ["\(newer.key)", "\(newer.key)".replacing("00000002", with: "00000003")] {
            let place = try DocumentKey(name)
            let there = try await scene.documents.get(place)
            _ = try await scene.documents.put(place, old.body, ifRevision: there?.revision)
            let fresh = try await scene.open()
            await #expect { _ = try await Scene.write(fresh, key) } throws: { Self.isDamage($0) }
            #expect(try await Scene.opens(fresh, file))
            guard let now = try await scene.documents.get(place) else { continue }
            try await scene.remove(now)
            if name == "\(newer.key)" {
                _ = try await scene.documents.put(place, newer.body, ifRevision: nil)
            }
        }
    }

    @Test("a record's words changed without its key: destroying and shredding believe only what opens")
    func words() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let march = try await Scene.write(ring, key)
        scene.toNextMonth()
        let april = try await Scene.write(ring, key)
        scene.toNextMonth()
        _ = try await ring.rotate(key.id, by: Scene.alice)
        // April says that it is of March: shredding March would take it along.
        let record = try await scene.all("keys/trail/")[1]
        let text = Array("2026-04".utf8)
        let place = try #require(
            record.body.indices.first { record.body[$0...].starts(with: text) })
        var body = record.body
        body[place + 6] = UInt8(ascii: "3")
        try await scene.replace(record, with: body)
        await #expect { _ = try await scene.shred(ring) } throws: { Self.isDamage($0) }
        #expect(try await ring.manifest().tombstones.isEmpty)
        // And that version 2 wraps it: version 1 would be destroyed under it.
        body = record.body
        let label = Array("\(key)/1".utf8)
        let at = try #require(body.indices.first { body[$0...].starts(with: label) })
        body[at + label.count - 1] = UInt8(ascii: "2")
        try await scene.replace(record, with: body)
        let first = try await scene.all("keys/trail/")[0]
        try await scene.remove(first)
        await #expect {
            try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        } throws: { error in
            if case KeyError.stillNeeded(_, let by)? = error as? KeyError {
                "\(by)".contains("00000002")
            } else {
                false
            }
        }
        try await scene.replace(record, with: record.body)
        _ = try await scene.documents.put(first.key, first.body, ifRevision: nil)
        for file in [march, april] { #expect(try await Scene.opens(try await scene.open(), file)) }
    }

    @Test("records of another keyring, of which the root is another")
    func otherKeyring() async throws {
        let (scene, elsewhere) = (try Scene(seed: 1), try Scene(seed: 2))
        let (ring, key) = try await scene.ring()
        _ = try await Scene.write(ring, key)
        let (otherRing, otherKey) = try await elsewhere.ring()
        _ = try await Scene.write(otherRing, otherKey)
        let manifest = try await scene.all("keys/manifest")[0]
        try await scene.replace(manifest, with: try await elsewhere.all("keys/manifest")[0].body)
        await #expect { _ = try await scene.open() } throws: { Self.isDamage($0) }
        try await scene.replace(manifest, with: manifest.body)
        let trail = try await scene.all("keys/trail/")[0]
        try await scene.replace(trail, with: try await elsewhere.all("keys/trail/")[0].body)
        let fresh = try await scene.open()
        // No file is encrypted under it: the next one has a key of this keyring.
        let file = try await Scene.write(fresh, key)
        #expect(file.version.hasSuffix("/2"))
        #expect(try await Scene.opens(try await scene.open(), file))
        #expect(try await fresh.check(named: []).problems.count == 1)
    }
}

@Suite("Documents that went back: what is noticed")
struct RollbackTests {
    @Test("an older manifest under a running process is refused; one that just began shows the older generation")
    func manifest() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        let snapshot = scene.documents.snapshot()
        let before = try await ring.manifest().generation
        try await ring.disable(key.id, by: Scene.alice)
        #expect(try await ring.manifest().generation > before)
        scene.documents.restore(snapshot)
        await #expect { _ = try await Scene.opens(ring, file) } throws: { "\($0)".contains("older") }
        await #expect(throws: KeyError.self) { try await ring.enable(key.id, by: Scene.alice) }
        // A new process cannot know; the digests' quotes of the generation tell it.
        let fresh = try await scene.open()
        #expect(try await fresh.manifest().generation == before)
        #expect(try await Scene.opens(fresh, file))
    }

    @Test("files of after the snapshot are told from damage: their trail key is missing, and the check names it")
    func trailKeys() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let march = try await Scene.write(ring, key)
        let snapshot = scene.documents.snapshot()
        scene.toNextMonth()
        let april = try await Scene.write(ring, key)
        scene.documents.restore(snapshot)
        let fresh = try await scene.open()
        #expect(try await Scene.opens(fresh, march))
        #expect(await Scene.refusal(fresh, april) == .missingTrailKey(april.version))
        let report = try await fresh.check(named: [march.version, april.version])
        #expect(report.problems.count == 1 && report.problems[0].contains(april.version))
    }

    @Test("a managed key version of after the snapshot is said to be missing, not destroyed")
    func managedKeys() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        let manifest = try await scene.all("keys/manifest")[0]
        _ = try await ring.rotate(key.id, by: Scene.alice)
        _ = try await ring.rewrap(key.id, by: Scene.alice)
        try await scene.replace(manifest, with: manifest.body)
        let fresh = try await scene.open()
        await #expect { _ = try await Scene.opens(fresh, file) } throws: { "\($0)".contains("never had a version 2") }
    }

    @Test("documents of before a shredding bring the key back: pending says so until the root has changed")
    func shredded() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let march = try await Scene.write(ring, key)
        scene.toNextMonth()
        let snapshot = scene.documents.snapshot()
        _ = try await scene.shred(ring)
        #expect(try await ring.pendingTombstones().map(\.names) == [[march.version]])
        scene.documents.restore(snapshot)
        #expect(try await Scene.opens(try await scene.open(), march))
    }
}
