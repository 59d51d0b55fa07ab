import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Testing

@Suite("Data keys come from the trail key of their trail, account and period")
struct DataKeyTests {
    @Test("a period's key is used until the period is over, by the clock, by day or by month")
    func periods() async throws {
        for (period, step) in [(KeyPeriod.day, Scene.day), (.month, Scene.day * 31)] {
            let scene = try Scene()
            let (_, key) = try await scene.ring()
            let ring = try await scene.open(period: period)
            var files: [Scene.File] = []
            for number in 1...4 {
                for _ in 0..<2 {
                    files.append(try await Scene.write(ring, key))
                    #expect(files.last?.version == "trail/\(Scene.trail)/111122223333/\(number)")
                }
                scene.clock.advance(by: step)
            }
            let fresh = try await scene.open(period: period)
            for file in files { #expect(try await Scene.opens(fresh, file)) }
        }
    }

    @Test("a clock that goes back goes back no period, in a process that knows and in one that just began")
    func clockSetBack() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        scene.toNextMonth()
        let april = try await Scene.write(ring, key)
        for days in [31, 400, 10_000] {
            scene.clock.jump(to: Scene.start + Scene.day * -days)
            for one in [ring, try await scene.open()] {
                #expect(try await Scene.write(one, key).version == april.version)
            }
        }
        scene.clock.jump(to: Scene.start + Scene.day * 62)
        #expect(try await Scene.write(ring, key).version.hasSuffix("/2"))
        #expect(try await scene.all("keys/trail/").count == 2)
    }

    @Test("from months to days and back, no period is used that an earlier one is behind")
    func otherPeriods() async throws {
        let scene = try Scene()
        let (months, key) = try await scene.ring()
        let days = try await scene.open(period: .day)
        var files = [try await Scene.write(months, key), try await Scene.write(days, key)]
        #expect(files[1].version.hasSuffix("/2"), "2026-03-01 is after 2026-03")
        files.append(try await Scene.write(months, key))
        scene.toNextMonth()
        files.append(try await Scene.write(months, key))
        files.append(try await Scene.write(days, key))
        let fresh = try await scene.open()
        for file in files { #expect(try await Scene.opens(fresh, file)) }
    }

    @Test("a trail that changes to another managed key has a new trail key under it, the same period")
    func otherManagedKey() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let other = try await ring.create(
            region: .usEast1, account: Scene.account, description: "", alias: "other", rotationDays: nil,
            by: Scene.alice
        ).arn
        let files = [
            try await Scene.write(ring, key), try await Scene.write(ring, other), try await Scene.write(ring, key),
        ]
        #expect(Set(files.map(\.version)).count == 3)
        try await ring.disable(other.id, by: Scene.alice)
        #expect(try await Scene.opens(ring, files[0]))
        #expect(await Scene.refusal(ring, files[1]) == .disabled(other))
        #expect(try await Scene.opens(ring, files[2]))
    }

    @Test("names that are no trail key's are of an unknown key, and trap nothing")
    func names() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        let lengths = Array(file.wrap.info.suffix(20))
        for name in [
            "", "trail", "trail/x/111122223333/1", "trail/\(Scene.trail)/1/1", "trail/\(Scene.trail)/111122223333/0",
            "trail/\(Scene.trail)/111122223333/-1", "trail/\(Scene.trail)/111122223333/01",
            "trail/\(Scene.trail)/111122223333/+1", "trail/\(Scene.trail)/111122223333/99999999999999999999",
            "trail/\(Scene.trail)/111122223333/1/", String(repeating: "a", count: 60_000),
        ] {
            let wrap = WrappedDataKey(
                provider: "cairn", info: Array(name.utf8) + lengths, ciphertext: file.wrap.ciphertext)
            await #expect { _ = try await ring.open(wrap, context: try Scene.context()) } throws: { error in
                if case KeyError.unknownKey? = error as? KeyError { true } else { false }
            }
        }
        for version in [2, 123_456_789, Int.max] {
            let name = "trail/\(Scene.trail)/111122223333/\(version)"
            let wrap = WrappedDataKey(
                provider: "cairn", info: Array(name.utf8) + lengths, ciphertext: file.wrap.ciphertext)
            await #expect(throws: KeyError.missingTrailKey(name)) {
                _ = try await ring.open(wrap, context: try Scene.context())
            }
        }
    }

    @Test("a key that is disabled, pending deletion or deleted gives and opens nothing; enabled again it does")
    func states() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let worker = try await scene.open()
        let file = try await Scene.write(worker, key)
        try await ring.disable(key.id, by: Scene.alice)
        for one in [ring, worker] {
            #expect(await Scene.refusal(one, file) == .disabled(key))
            await #expect(throws: KeyError.disabled(key)) { _ = try await Scene.write(one, key) }
        }
        try await ring.enable("alias/cairn", by: Scene.alice)
        for one in [ring, worker] { #expect(try await Scene.opens(one, file)) }
        _ = try await ring.scheduleDeletion(key.id, days: 30, users: [], isForced: true, by: Scene.alice)
        for one in [ring, worker] {
            #expect(await Scene.refusal(one, file) == .pendingDeletion(key))
            await #expect(throws: KeyError.pendingDeletion(key)) { _ = try await Scene.write(one, key) }
        }
        scene.clock.advance(by: Scene.day * 30)
        #expect(try await ring.deleteDue().isEmpty)
        try await ring.finishWhatIsLeft()
        for one in [ring, worker, try await scene.open()] {
            #expect(await Scene.refusal(one, file) == .destroyed("\(key)"))
            await #expect(throws: KeyError.self) { _ = try await Scene.write(one, key) }
        }
    }
}
