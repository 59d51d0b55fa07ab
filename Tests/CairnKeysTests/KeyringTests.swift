import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("Managed keys wrap trail keys, trail keys wrap data keys, and what was wrapped opens")
struct KeyringTests {
    @Test("a data key opens again, by another process too; under another context it does not")
    func roundTrip() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let sealed = try await Fixture.seal(ring, key)
        #expect(sealed.version == "trail/\(Fixture.trail)/111122223333/1")
        #expect(try await Fixture.opens(ring, sealed))
        let other = try await fixture.open()
        #expect(try await Fixture.opens(other, sealed))
        await #expect(throws: KeyError.self) {
            _ = try await ring.open(sealed.wrap, context: try Fixture.context("b"))
        }
        let second = try await Fixture.seal(ring, key)
        #expect(second.bytes != sealed.bytes && second.version == sealed.version)
    }

    @Test("two that establish at once have one keyring")
    func establishTwice() async throws {
        let fixture = try Fixture()
        let rings = try await withThrowingTaskGroup(of: Keyring.self) { group in
            let (documents, time, random, root) = (fixture.documents, fixture.time, fixture.random, fixture.root)
            for _ in 0..<4 {
                group.addTask {
                    try await Keyring.establish(
                        documents: documents, time: time, random: random, root: root, environment: { _ in nil })
                }
            }
            return try await group.reduce(into: [Keyring]()) { $0.append($1) }
        }
        let key = try await rings[0].standardKey(region: .usEast1, account: Fixture.account).arn
        let sealed = try await Fixture.seal(rings[0], key)
        for ring in rings {
            #expect(try await Fixture.opens(ring, sealed))
            #expect(try await ring.standardKey(region: .usEast1, account: Fixture.account).arn == key)
        }
    }

    @Test("the next period has another trail key; a clock that goes back takes none back")
    func periods() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let march = try await Fixture.seal(ring, key)
        fixture.time.advance(by: Fixture.day * 31)
        let april = try await Fixture.seal(ring, key)
        fixture.time.jump(to: fixture.time.now + Fixture.day * -31)
        let again = try await Fixture.seal(ring, key)
        #expect([march, april, again].map { $0.version.suffix(2) } == ["/1", "/2", "/2"])
        let fresh = try await fixture.open()
        #expect(try await Fixture.seal(fresh, key).version.hasSuffix("/2"))
        for sealed in [march, april, again] { #expect(try await Fixture.opens(fresh, sealed)) }
    }

    @Test("each trail and each account has trail keys of its own")
    func lanes() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let other = UniqueID(random: [UInt8](repeating: 2, count: 16))
        var names: Set<String> = []
        for (trail, account) in [
            (Fixture.trail, "111122223333"), (Fixture.trail, "444455556666"), (other, "111122223333"),
        ] {
            names.insert(try await Fixture.seal(ring, key, trail: trail, account: try AccountID(account)).version)
        }
        #expect(names.count == 3)
    }

    @Test("states are KMS's: what may not be used is refused with the error that says so, and opens again after")
    func states() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let sealed = try await Fixture.seal(ring, key)
        let worker = try await fixture.open()
        #expect(try await Fixture.opens(worker, sealed))
        try await ring.disable("alias/cairn", by: Fixture.actor)
        for service in [ring, worker] {
            await #expect(throws: KeyError.disabled(key)) { _ = try await Fixture.seal(service, key) }
            await #expect(throws: KeyError.disabled(key)) { _ = try await Fixture.opens(service, sealed) }
        }
        try await ring.enable(key.id, by: Fixture.actor)
        #expect(try await Fixture.opens(worker, sealed))
        await #expect(throws: KeyError.self) {
            _ = try await ring.scheduleDeletion(key.id, days: 7, users: [], isForced: false, by: Fixture.actor)
        }
        let scheduled = try await ring.scheduleDeletion(key.id, days: 7, users: [], isForced: true, by: Fixture.actor)
        #expect(scheduled.deletionAt == fixture.time.now.milliseconds + 7 * 86_400_000)
        await #expect(throws: KeyError.pendingDeletion(key)) { _ = try await Fixture.opens(worker, sealed) }
        await #expect(throws: KeyError.pendingDeletion(key)) { try await ring.enable(key.id, by: Fixture.actor) }
        try await ring.cancelDeletion(key.id, by: Fixture.actor)
        await #expect(throws: KeyError.disabled(key)) { _ = try await Fixture.opens(worker, sealed) }
        try await ring.enable(key.id, by: Fixture.actor)
        #expect(try await Fixture.opens(worker, sealed))
        let unknown = try KeyARN("arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000009")
        await #expect(throws: KeyError.unknownKey("\(unknown)")) { _ = try await Fixture.seal(ring, unknown) }
    }

    @Test("a deletion whose time has come destroys the key, unless something needs it")
    func deletion() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let idle = try await ring.create(
            region: .usEast1, account: Fixture.account, description: "", alias: "idle", rotationDays: nil,
            by: Fixture.actor)
        _ = try await ring.scheduleDeletion("alias/idle", days: 7, users: [], isForced: false, by: Fixture.actor)
        fixture.time.advance(by: Fixture.day * 6)
        #expect(try await ring.deleteDue().isEmpty)
        #expect(try await ring.manifest().key(idle.arn)?.state == .pendingDeletion)
        fixture.time.advance(by: Fixture.day)
        #expect(try await ring.deleteDue().isEmpty)
        try await ring.finishWhatIsLeft()
        #expect(try await ring.manifest().key(idle.arn)?.state == .deleted)
        #expect(try await ring.manifest().key("alias/idle") == nil)
        #expect(try await fixture.documents.list(prefix: "keys/managed/\(idle.arn.id)").isEmpty)
        // Something came to need the other one while it waited.
        _ = try await ring.scheduleDeletion(key.id, days: 7, users: [], isForced: false, by: Fixture.actor)
        try await ring.cancelDeletion(key.id, by: Fixture.actor)
        try await ring.enable(key.id, by: Fixture.actor)
        let sealed = try await Fixture.seal(ring, key)
        await #expect(throws: KeyError.self) {
            _ = try await ring.scheduleDeletion(key.id, days: 7, users: [], isForced: false, by: Fixture.actor)
        }
        #expect(try await Fixture.opens(ring, sealed))
    }

    @Test("what KMS refuses is refused: rotation periods, deletion windows, aliases")
    func limits() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        for days in [0, 89, 2_561] {
            await #expect(throws: KeyError.self) { try await ring.setRotation(key.id, days: days, by: Fixture.actor) }
        }
        for days in [0, 6, 31] {
            await #expect(throws: KeyError.self) {
                _ = try await ring.scheduleDeletion(key.id, days: days, users: [], isForced: true, by: Fixture.actor)
            }
        }
        for alias in ["", "aws/x", "a b", String(repeating: "a", count: 251)] {
            await #expect(throws: KeyError.self) { try await ring.setAlias(alias, to: key.id, by: Fixture.actor) }
        }
        await #expect(throws: KeyError.self) {
            try await ring.create(
                region: .usEast1, account: Fixture.account, description: "", alias: "cairn", rotationDays: nil,
                by: Fixture.actor)
        }
        try await ring.setAlias("other", to: "alias/cairn", by: Fixture.actor)
        #expect(try await ring.manifest().key("arn:aws:kms:us-east-1:111122223333:alias/other")?.arn == key)
    }

    @Test("automatic rotation makes one version when its time has come, whatever the clock did")
    func automaticRotation() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        try await ring.setRotation(key.id, days: 90, by: Fixture.actor)
        #expect(try await ring.rotateDue().isEmpty)
        fixture.time.jump(to: fixture.time.now + Fixture.day * -400)
        #expect(try await ring.rotateDue().isEmpty)
        fixture.time.jump(to: fixture.time.now + Fixture.day * 900)
        #expect(try await ring.rotateDue().map(\.arn) == [key])
        #expect(try await ring.rotateDue().isEmpty)
        #expect(try await ring.manifest().key(key)?.versions.map(\.number) == [1, 2])
    }

    @Test("rotate five times, rewrap, destroy all but the newest: everything opens")
    func rewrap() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        var sealed: [Fixture.Sealed] = []
        for number in 1...6 {
            for account in 0..<5 {
                sealed.append(
                    try await Fixture.seal(ring, key, account: try AccountID("00000000000\(account)")))
            }
            fixture.time.advance(by: Fixture.day * 31)
            if number < 6 { #expect(try await ring.rotate(key.id, by: Fixture.actor).current?.number == number + 1) }
        }
        #expect(try await ring.trailKeys(under: key, version: 1).count == 5)
        await #expect {
            try await ring.destroy(key.id, version: 1, isForced: false, by: Fixture.actor)
        } throws: { error in
            guard case KeyError.stillNeeded(_, let by)? = error as? KeyError else { return false }
            return by.count == 5 && by[0].hasPrefix("trail/")
        }
        #expect(try await ring.manifest().key(key)?.version(1)?.state == .retired)
        let report = try await ring.rewrap("alias/cairn", by: Fixture.actor)
        #expect(report.rewrapped == 25 && report.version == 6 && report.failures.isEmpty)
        #expect(report.remaining == [1: 0, 2: 0, 3: 0, 4: 0, 5: 0])
        for version in 1...5 { try await ring.destroy(key.id, version: version, isForced: false, by: Fixture.actor) }
        await #expect(throws: KeyError.self) {
            try await ring.destroy(key.id, version: 6, isForced: true, by: Fixture.actor)
        }
        #expect(try await fixture.documents.list(prefix: "keys/managed/").count == 1)
        for service in [ring, try await fixture.open()] {
            for one in sealed { #expect(try await Fixture.opens(service, one)) }
        }
        #expect(try await ring.check(named: Set(sealed.map(\.version))).problems.isEmpty)
    }

    @Test("a forced destruction makes unreadable what was under it, says so, and the next file has another key")
    func forced() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let old = try await Fixture.seal(ring, key)
        _ = try await ring.rotate(key.id, by: Fixture.actor)
        try await ring.destroy(key.id, version: 1, isForced: true, by: Fixture.actor)
        for service in [ring, try await fixture.open()] {
            await #expect { _ = try await Fixture.opens(service, old) } throws: { error in
                if case KeyError.destroyed? = error as? KeyError { true } else { false }
            }
        }
        let new = try await Fixture.seal(ring, key)
        #expect(new.version != old.version)
        #expect(try await Fixture.opens(ring, new))
    }

    @Test("whoever wraps while a version is retired and destroyed ends under the new one")
    func retireRace() async throws {
        // The second worker is stopped after each of its calls in turn, while the first retires and destroys.
        for calls in 1...40 {
            let fixture = try Fixture(seed: UInt64(calls))
            let (ring, key) = try await fixture.ring()
            let worker = try await fixture.open()
            let paused = PausedDocuments(fixture.documents, after: calls) {
                _ = try? await ring.rotate(key.id, by: Fixture.actor)
                try? await ring.destroy(key.id, version: 1, isForced: false, by: Fixture.actor)
            }
            let slow = try await Keyring.open(
                documents: paused, time: fixture.time, random: fixture.random, root: fixture.root,
                environment: { _ in nil })
            let sealed = try await Fixture.seal(slow, key)
            #expect(try await Fixture.opens(worker, sealed), "after \(calls) calls")
            let after = try await Fixture.seal(slow, key)
            #expect(try await Fixture.opens(worker, after), "after \(calls) calls")
            #expect(
                try await ring.check(named: [sealed.version, after.version]).problems.isEmpty, "after \(calls) calls")
        }
    }

    @Test("rekey begins new trail keys at once, in every process")
    func rekey() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let worker = try await fixture.open()
        let old = try await Fixture.seal(worker, key)
        let other = try await Fixture.seal(worker, key, account: try AccountID("444455556666"))
        let names = try await ring.rekey(trail: Fixture.trail, account: Fixture.account, by: Fixture.actor)
        #expect(names.map(\.description) == ["trail/\(Fixture.trail)/111122223333/2"])
        #expect(try await Fixture.seal(worker, key).version.hasSuffix("/2"))
        #expect(
            try await Fixture.seal(worker, key, account: try AccountID("444455556666")).version == other.version)
        #expect(try await Fixture.opens(worker, old))
        #expect(try await ring.rekey(trail: nil, account: nil, by: Fixture.actor).count == 2)
    }

    @Test("shredding takes one period of one account, for ever, and tells it from a loss")
    func shred() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let worker = try await fixture.open()
        let march = try await Fixture.seal(worker, key)
        let other = try await Fixture.seal(worker, key, account: try AccountID("444455556666"))
        func shred(_ period: String, dry: Bool = false) async throws -> [String] {
            try await ring.shred(
                trail: Fixture.trail, account: Fixture.account, period: period, isDryRun: dry, by: Fixture.actor
            ) {}.names
        }
        await #expect(throws: KeyError.self) { _ = try await shred("2026-03") }
        fixture.time.advance(by: Fixture.day * 31)
        let april = try await Fixture.seal(worker, key)
        #expect(try await shred("2026-03", dry: true) == [march.version])
        #expect(try await Fixture.opens(worker, march))
        #expect(try await shred("2026-03") == [march.version])
        #expect(try await shred("2026-03") == [march.version], "called again")
        for service in [ring, worker, try await fixture.open()] {
            await #expect(throws: KeyError.shredded(march.version)) { _ = try await Fixture.opens(service, march) }
            for one in [other, april] { #expect(try await Fixture.opens(service, one)) }
        }
        await #expect(throws: KeyError.self) { _ = try await shred("2026-02") }
        #expect(try await ring.pendingTombstones().count == 1)
        #expect(try await ring.check(named: [april.version, other.version]).problems.isEmpty)
    }

    @Test("the name of a shredded key is never used again, though no other key is left")
    func namesAreNotReused() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        let worker = try await fixture.open()
        var names = [try await Fixture.seal(worker, key).version]
        for period in ["2026-03", "2026-04", "2026-05"] {
            fixture.time.advance(by: Fixture.day * 31)
            if period == "2026-04" {
                names.append(try await Fixture.seal(worker, key).version)
                fixture.time.advance(by: Fixture.day * 31)
            }
            _ = try? await ring.shred(
                trail: Fixture.trail, account: Fixture.account, period: period, isDryRun: false, by: Fixture.actor
            ) {}
            _ = try await ring.rekey(trail: nil, account: nil, by: Fixture.actor)
            let sealed = try await Fixture.seal(worker, key)
            #expect(!names.contains(sealed.version), "after \(period)")
            #expect(try await Fixture.opens(ring, sealed))
            names.append(sealed.version)
        }
    }

    @Test("every change is recorded with it, and nothing of a key stands in an event")
    func events() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        #expect(try await ring.pendingEvents().map(\.name) == ["CreateKey"])
        try await ring.forget(events: try await ring.pendingEvents())
        #expect(try await ring.pendingEvents().isEmpty)
        _ = try await Fixture.seal(ring, key)
        #expect(try await ring.pendingEvents().isEmpty, "use by delivery is counted elsewhere")
        try await ring.disable(key.id, by: Fixture.actor)
        try await ring.enable(key.id, by: Fixture.actor)
        _ = try await ring.rotate(key.id, by: Fixture.actor)
        _ = try await ring.rewrap(key.id, by: Fixture.actor)
        try await ring.destroy(key.id, version: 1, isForced: false, by: Fixture.actor)
        _ = try await ring.exportTrailKeys(trail: nil, account: nil, by: Fixture.actor)
        let events = try await ring.pendingEvents()
        #expect(
            events.map(\.name) == [
                "DisableKey", "EnableKey", "RotateKeyOnDemand", "RewrapTrailKeys", "RetireKeyVersion",
                "DestroyKeyVersion", "ExportTrailKeys",
            ])
        #expect(events.allSatisfy { $0.actor == Fixture.actor && $0.isReadOnly == ($0.name == "ExportTrailKeys") })
        #expect(Set(events.map(\.id)).count == events.count)
    }

    @Test("with a thousand events that no door takes, changes are refused, not their events lost")
    func tooManyEvents() async throws {
        let fixture = try Fixture()
        let (ring, key) = try await fixture.ring()
        for _ in 0..<999 { try await ring.record("Decrypt", by: Fixture.actor, parameters: [:]) }
        await #expect { try await ring.disable(key.id, by: Fixture.actor) } throws: { error in
            "\(error)".contains("start one ('cairn up' or 'cairn serve')")
        }
        #expect(try await ring.manifest().key(key)?.state == .enabled)
        try await ring.forget(events: Array(try await ring.pendingEvents().prefix(1)))
        try await ring.disable(key.id, by: Fixture.actor)
    }
}
