import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnTestKit
import Testing

@Suite("Rotate, rewrap, retire, destroy: old versions go, everything opens")
struct RotationTests {
    @Test("after five rotations and a rewrap the oldest versions are destroyed and everything opens")
    func fiveRotations() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        var files: [Scene.File] = []
        for _ in 1...5 {
            for account in 0..<8 {
                files.append(try await Scene.write(ring, key, account: try AccountID("00000000000\(account)")))
            }
            scene.toNextMonth()
            _ = try await ring.rotate(key.id, by: Scene.alice)
        }
        let report = try await ring.rewrap(key.id, by: Scene.alice)
        #expect(report.rewrapped == 40 && report.alreadyThere == 0 && report.failures == [] && report.version == 6)
        #expect(report.remaining == [1: 0, 2: 0, 3: 0, 4: 0, 5: 0])
        let again = try await ring.rewrap(key.id, by: Scene.alice)
        #expect(again.rewrapped == 0 && again.alreadyThere == 40)
        for version in 1...5 { try await ring.destroy(key.id, version: version, isForced: false, by: Scene.alice) }
        #expect(try await scene.all("keys/managed/").count == 1)
        for one in [ring, try await scene.open()] {
            for file in files { #expect(try await Scene.opens(one, file)) }
        }
        #expect(try await ring.check(named: Set(files.map(\.version))).problems == [])
    }

    @Test("a rewrap goes over more records than fit a page")
    func pages() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        // One real record, and a page and a half of them by accounts.
        for number in 0..<1_500 {
            _ = try await Scene.write(ring, key, account: try AccountID("000000" + String(100_000 + number)))
        }
        _ = try await ring.rotate(key.id, by: Scene.alice)
        let report = try await ring.rewrap(key.id, by: Scene.alice)
        #expect(report.rewrapped == 1_500 && report.remaining == [1: 0] && report.failures == [])
        #expect(try await ring.rekey(trail: nil, account: nil, by: Scene.alice).count == 1_500)
        try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        let check = try await ring.check(named: [])
        #expect(check.trailKeys == 3_000 && check.problems == [])
    }

    @Test("destroying what is needed is refused with the names of what needs it; retired it stays")
    func needed() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        _ = try await ring.rotate(key.id, by: Scene.alice)
        await #expect(throws: KeyError.stillNeeded(what: "version 1 of \(key)", by: [file.version])) {
            try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        }
        #expect(try await ring.manifest().key(key)?.version(1)?.state == .retired)
        #expect(try await Scene.opens(ring, file))
        await #expect(throws: KeyError.self) {
            try await ring.destroy(key.id, version: 2, isForced: true, by: Scene.alice)
        }
        await #expect(throws: KeyError.self) {
            try await ring.destroy(key.id, version: 3, isForced: true, by: Scene.alice)
        }
    }

    @Test(
        "forced, its files say that they are destroyed, new ones have another trail key, and asking again changes nothing"
    )
    func forced() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let old = try await Scene.write(ring, key)
        _ = try await ring.rotate(key.id, by: Scene.alice)
        let other = try await Scene.write(ring, key, account: Scene.otherAccount)
        try await ring.destroy(key.id, version: 1, isForced: true, by: Scene.alice)
        func expectState() async throws {
            for one in [ring, try await scene.open()] {
                #expect(await Scene.refusal(one, old) == .destroyed("version 1 of \(key)"))
                #expect(try await Scene.opens(one, other))
                let new = try await Scene.write(one, key)
                #expect(new.version != old.version)
                #expect(try await Scene.opens(one, new))
            }
        }
        try await expectState()
        // Whoever asks without force hears what needs it; it does not come back from the dead.
        await #expect(throws: KeyError.self) {
            try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        }
        #expect(try await ring.manifest().key(key)?.version(1)?.state == .destroyed)
        try await expectState()
        try await ring.destroy(key.id, version: 1, isForced: true, by: Scene.alice)
        try await expectState()
    }

    @Test("a rewrap leaves a record that does not open, names it, and takes the others")
    func failures() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        _ = try await Scene.write(ring, key, account: Scene.otherAccount)
        _ = try await ring.rotate(key.id, by: Scene.alice)
        let record = try await scene.all("keys/trail/")[1]
        var body = record.body
        body[body.count - 1] ^= 1
        try await scene.replace(record, with: body)
        let report = try await ring.rewrap(key.id, by: Scene.alice)
        #expect(report.rewrapped == 1 && report.remaining == [1: 1])
        #expect(report.failures.count == 1 && report.failures[0].contains("444455556666"))
        #expect(try await Scene.opens(ring, file))
        await #expect(throws: KeyError.self) {
            try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        }
    }

    @Test("deletions whose time has come take the key and its aliases at once, and keep what is needed")
    func deletion() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        await #expect(throws: KeyError.stillNeeded(what: "\(key)", by: ["trail main", file.version])) {
            _ = try await ring.scheduleDeletion(
                key.id, days: 7, users: ["trail main"], isForced: false, by: Scene.alice)
        }
        let idle = try await ring.create(
            region: .usEast1, account: Scene.account, description: "", alias: "idle", rotationDays: 90,
            by: Scene.alice)
        _ = try await ring.scheduleDeletion("alias/idle", days: 7, users: [], isForced: false, by: Scene.alice)
        scene.clock.advance(by: Scene.day * 7 - .milliseconds(1))
        #expect(try await ring.deleteDue().isEmpty)
        #expect(try await ring.manifest().key(idle.arn)?.state == .pendingDeletion)
        scene.clock.advance(by: .milliseconds(1))
        #expect(try await ring.deleteDue().isEmpty)
        try await ring.finishWhatIsLeft()
        let manifest = try await ring.manifest()
        #expect(manifest.key(idle.arn)?.state == .deleted && manifest.aliases.keys.sorted() == ["cairn"])
        #expect(try await scene.all("keys/managed/\(idle.arn.id)").isEmpty)
        await #expect(throws: KeyError.destroyed("\(idle.arn)")) {
            try await ring.cancelDeletion(idle.arn.id, by: Scene.alice)
        }
        // The next one may have the name.
        _ = try await ring.create(
            region: .usEast1, account: Scene.account, description: "", alias: "idle", rotationDays: nil,
            by: Scene.alice)
        #expect(try await ring.rotateDue().isEmpty)
    }

    @Test("a key that is wanted again in time is kept whatever the schedule's reader saw")
    func cancelledInTime() async throws {
        for number in 1...6 {
            let scene = try Scene()
            let (ring, key) = try await scene.ring()
            _ = try await ring.scheduleDeletion(key.id, days: 7, users: [], isForced: false, by: Scene.alice)
            scene.clock.advance(by: Scene.day * 8)
            let steered = SteeredDocuments(scene.documents) {
                $0.number == number && $1 == .after
            } _: {
                try? await ring.cancelDeletion(key.id, by: Scene.alice)
            }
            let slow = try await scene.open(over: steered)
            _ = try? await slow.deleteDue()
            let state = try await ring.manifest().key(key)?.state
            let wasCancelled = try await ring.pendingEvents().contains { $0.name == "CancelKeyDeletion" }
            #expect(state == (wasCancelled ? .disabled : .deleted), "after call \(number)")
        }
    }

    @Test("automatic rotation makes one version however many processes look at the schedule")
    func rotatedOnce() async throws {
        for number in 1...10 {
            let scene = try Scene()
            let (ring, key) = try await scene.ring()
            scene.clock.advance(by: Scene.day * 366)
            let steered = SteeredDocuments(scene.documents) {
                $0.number == number && $1 == .before
            } _: {
                _ = try? await ring.rotateDue()
            }
            _ = try await (try await scene.open(over: steered)).rotateDue()
            _ = try await ring.rotateDue()
            #expect(try await ring.manifest().key(key)?.versions.map(\.number) == [1, 2], "before call \(number)")
        }
    }
}
