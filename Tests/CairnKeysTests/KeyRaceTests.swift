import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnTestKit
import Synchronization
import Testing

@Suite("Two processes at once: whoever is slower loses no key")
struct KeyRaceTests {
    // MARK: One stops at each of its calls while the other does something whole

    /// What one process does to the keyring; what it wrote it answers.
    struct Deed: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let run: @Sendable (Keyring, KeyARN, Scene) async throws -> Scene.File?

        init(_ name: String, _ run: @escaping @Sendable (Keyring, KeyARN, Scene) async throws -> Scene.File?) {
            (testDescription, self.run) = (name, run)
        }
    }

    static let newFile = Deed("a new file") { ring, key, _ in try await Scene.write(ring, key) }
    static let rewrap = Deed("rewrap") { ring, key, _ in
        _ = try await ring.rewrap(key.id, by: Scene.alice)
        return nil
    }
    static let rekey = Deed("rekey") { ring, _, _ in
        _ = try await ring.rekey(trail: nil, account: nil, by: Scene.alice)
        return nil
    }
    static let rotate = Deed("rotate") { ring, key, _ in
        _ = try await ring.rotate(key.id, by: Scene.alice)
        return nil
    }
    static let shred = Deed("shred March") { ring, _, scene in
        _ = try await scene.shred(ring)
        return nil
    }
    static let destroyFirst = Deed("destroy 1") { ring, key, _ in
        try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        return nil
    }
    static let rotateAndDestroyOld = Deed("rotate, rewrap, destroy all the old") { ring, key, _ in
        let current = try await ring.rotate(key.id, by: Scene.alice).current?.number ?? 0
        _ = try await ring.rewrap(key.id, by: Scene.alice)
        for version in 1..<current {
            try? await ring.destroy(key.id, version: version, isForced: false, by: Scene.alice)
        }
        return nil
    }
    static let destroyIdle = Deed("rotate, destroy what wraps nothing") { ring, key, _ in
        let current = try await ring.rotate(key.id, by: Scene.alice).current?.number ?? 0
        for version in 1..<current {
            try? await ring.destroy(key.id, version: version, isForced: false, by: Scene.alice)
        }
        return nil
    }
    static let offAndOn = Deed("disable and enable") { ring, key, _ in
        try await ring.disable(key.id, by: Scene.alice)
        try await ring.enable(key.id, by: Scene.alice)
        return nil
    }

    static let slowDeeds = [newFile, rewrap, rekey, rotate, shred, destroyFirst]
    static let quickDeeds = [newFile, rewrap, rekey, shred, rotateAndDestroyOld, destroyIdle, offAndOn]

    @Test("one stops at each of its calls, the other does something whole", arguments: slowDeeds, quickDeeds)
    func pairs(_ slow: Deed, _ quick: Deed) async throws {
        let scene = try Scene()
        let (first, key) = try await scene.ring()
        let march = try await Scene.write(first, key)
        let other = try await Scene.write(first, key, account: Scene.otherAccount)
        scene.toNextMonth()
        _ = try await first.rotate(key.id, by: Scene.alice)
        let april = try await Scene.write(first, key, trail: Scene.otherTrail)
        let snapshot = scene.documents.snapshot()
        for moment in [SteeredDocuments.Moment.before, .after] {
            var number = 1
            while true {
                scene.documents.restore(snapshot)
                let quickRing = try await scene.open()
                let written = Mutex<[Scene.File]>([])
                let stop = number
                let steered = SteeredDocuments(scene.documents) {
                    $0.number == stop && $1 == moment
                } _: {
                    let file = try? await quick.run(quickRing, key, scene)
                    if let file = file ?? nil { written.withLock { $0.append(file) } }
                }
                // It opens the keyring first: its caches are those of before.
                let slowRing = try await scene.open(over: steered)
                if let file = (try? await slow.run(slowRing, key, scene)) ?? nil {
                    written.withLock { $0.append(file) }
                }
                guard steered.didStop else { break }
                let place = "\(moment) call \(number)"
                let fresh = try await scene.open()
                try await fresh.finishWhatIsLeft()
                let isShredded = try await !fresh.manifest().tombstones.isEmpty
                if !isShredded { #expect(await Scene.refusal(fresh, march) == nil, "\(place)") }
                let files = written.withLock { $0 } + [other, april]
                for file in files { #expect(await Scene.refusal(fresh, file) == nil, "\(place): \(file.version)") }
                for ring in [slowRing, quickRing, fresh] {
                    let file = try await Scene.write(ring, key)
                    #expect(await Scene.refusal(fresh, file) == nil, "\(place): written after: \(file.version)")
                }
                #expect(try await fresh.check(named: Set(files.map(\.version))).problems == [], "\(place)")
                if isShredded {
                    let left = try await scene.all("keys/trail/").map { "\($0.key)" }
                    #expect(!left.contains("keys/trail/\(Scene.trail)/\(Scene.account)/00000001"), "\(place)")
                }
                number += 1
            }
            #expect(number > 1)
        }
    }

    // MARK: Stories

    @Test("a trail key that another process uses already is not taken away by whoever made it")
    func threeAtOnce() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let worker = try await scene.open()
        let used = Mutex<Scene.File?>(nil)
        // The maker has written the record; before it looks again the version is retired, and a worker uses the record.
        let steered = SteeredDocuments(scene.documents) {
            $0.kind == .put && $0.key.hasPrefix("keys/trail/") && $1 == .after
        } _: {
            _ = try? await ring.rotate(key.id, by: Scene.alice)
            try? await ring.retire(key.id, version: 1, by: Scene.alice)
            let file = try? await Scene.write(worker, key)
            used.withLock { $0 = file }
        }
        let maker = try await scene.open(over: steered)
        let made = try await Scene.write(maker, key)
        let file = try #require(used.withLock { $0 })
        let fresh = try await scene.open()
        #expect(await Scene.refusal(fresh, file) == nil)
        #expect(await Scene.refusal(fresh, made) == nil)
        #expect(try await fresh.trailKeys(under: key, version: 1).isEmpty)
    }

    @Test("after a rekey no process uses the old key, not even one that was just looking it up")
    func staleNewest() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let old = try await Scene.write(ring, key)
        let slowBox = Mutex<Keyring?>(nil)
        let steered = SteeredDocuments(scene.documents) {
            $0.kind == .list && $1 == .after
        } _: {
            // The list is read, not yet kept; another task of the same process sees the new manifest first.
            _ = try? await ring.rekey(trail: nil, account: nil, by: Scene.alice)
            if let slow = slowBox.withLock({ $0 }) { _ = try? await slow.manifest() }
        }
        let slow = try await scene.open(over: steered)
        slowBox.withLock { $0 = slow }
        _ = try await Scene.write(slow, key)
        #expect(steered.didStop)
        #expect(try await Scene.write(slow, key).version != old.version)
        slowBox.withLock { $0 = nil }
    }

    @Test("a rewrap never moves a record back, and its target is not destroyed under it, even if it dies there")
    func staleRewrap() async throws {
        for dies in [false, true] {
            let scene = try Scene()
            let (ring, key) = try await scene.ring()
            let file = try await Scene.write(ring, key)
            _ = try await ring.rotate(key.id, by: Scene.alice)
            let steered = SteeredDocuments(scene.documents) {
                $0.kind == .putMany && $1 == .before
            } _: {
                // Nothing is under 2 yet, so it could go.
                _ = try? await ring.rotate(key.id, by: Scene.alice)
                try? await ring.destroy(key.id, version: 2, isForced: false, by: Scene.alice)
                // The write goes through, what comes after it does not.
                if dies { scene.documents.fail(call: 2) }
            }
            _ = try? await (try await scene.open(over: steered)).rewrap(key.id, by: Scene.alice)
            scene.documents.fail(call: nil)
            #expect(steered.didStop)
            let fresh = try await scene.open()
            #expect(await Scene.refusal(fresh, file) == nil)
            let report = try await fresh.rewrap(key.id, by: Scene.alice)
            #expect(report.version == 3 && report.remaining.values.allSatisfy { $0 == 0 })
            for version in 1...2 {
                try await fresh.destroy(key.id, version: version, isForced: false, by: Scene.alice)
            }
            #expect(await Scene.refusal(fresh, file) == nil)
            #expect(try await fresh.check(named: [file.version]).problems == [])
        }
    }

    @Test("new keys of a rekey stand under a version that is in force when it is done")
    func rekeyAgainstDestroy() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        _ = try await Scene.write(ring, key)
        let steered = SteeredDocuments(scene.documents) {
            $0.kind == .putMany && $1 == .before
        } _: {
            _ = try? await ring.rotate(key.id, by: Scene.alice)
            _ = try? await ring.rewrap(key.id, by: Scene.alice)
            try? await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        }
        let names = try await (try await scene.open(over: steered)).rekey(trail: nil, account: nil, by: Scene.alice)
        #expect(steered.didStop && names.count == 1)
        #expect(try await ring.manifest().key(key)?.version(1)?.state == .destroyed)
        let fresh = try await scene.open()
        #expect(try await fresh.check(named: Set(names.map(\.description))).problems == [])
        #expect(try await Scene.write(fresh, key).version == names[0].description)
    }

    @Test("a shredding takes records that are wrapped anew meanwhile, too")
    func shredAgainstRewrap() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let march = try await Scene.write(ring, key)
        scene.toNextMonth()
        _ = try await Scene.write(ring, key)
        _ = try await ring.rotate(key.id, by: Scene.alice)
        let steered = SteeredDocuments(scene.documents) {
            $0.kind == .remove && $1 == .before
        } _: {
            _ = try? await ring.rewrap(key.id, by: Scene.alice)
        }
        _ = try await scene.shred(try await scene.open(over: steered))
        #expect(steered.didStop)
        #expect(await Scene.refusal(ring, march) == .shredded(march.version))
        #expect(try await scene.all("keys/trail/").count == 1, "when it says that it is done, it is")
    }

    @Test("two that rotate at once make two versions, and leave no record that nothing names")
    func rotateTwice() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let steered = SteeredDocuments(scene.documents) {
            $0.kind == .put && $0.key.hasPrefix("keys/managed/") && $1 == .after
        } _: {
            _ = try? await ring.rotate(key.id, by: Scene.alice)
        }
        _ = try await (try await scene.open(over: steered)).rotate(key.id, by: Scene.alice)
        #expect(try await ring.manifest().key(key)?.versions.map(\.number) == [1, 2, 3])
        #expect(try await ring.check(named: []).unnamed == [])
    }
}
