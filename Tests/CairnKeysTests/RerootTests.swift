import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnTestKit
import Foundation
import Testing

@Suite("A change of roots makes the old root useless, and can be finished from wherever it stopped")
struct RerootTests {
    /// In place: the new key ends where the old one was.
    private func inPlace(_ scene: Scene, _ root: RootSource? = nil) async throws(KeyError) {
        let (path, new) = (scene.folder + "/root.key", scene.folder + "/root.key.new")
        _ = try await Keyring.reroot(
            documents: scene.documents, time: scene.time, random: scene.random, root: root ?? scene.root,
            new: .file(new), by: Scene.alice, environment: { _ in nil }
        ) { () throws(KeyError) in try RootSource.replace(path, with: new) }
    }

    /// To another source, that the node is told of afterwards.
    private func move(_ scene: Scene, from root: RootSource, to new: RootSource) async throws(KeyError) -> String {
        try await Keyring.reroot(
            documents: scene.documents, time: scene.time, random: scene.random, root: root, new: new,
            by: Scene.alice, environment: { _ in nil }
        ) { () throws(KeyError) in }
    }

    private func prepared() async throws -> (scene: Scene, key: KeyARN, files: [Scene.File], old: RootSource) {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        var files = [try await Scene.write(ring, key)]
        _ = try await ring.rotate(key.id, by: Scene.alice)
        scene.toNextMonth()
        files.append(try await Scene.write(ring, key))
        let old = scene.folder + "/old.key"
        try FileManager.default.copyItem(atPath: scene.folder + "/root.key", toPath: old)
        return (scene, key, files, .file(old))
    }

    @Test("the old root opens nothing, no document names it, the bytes of its file are gone")
    func oldRoot() async throws {
        let (scene, key, files, old) = try await prepared()
        let ring = try await scene.open()
        try await ring.maintainSigning([.usEast1])
        let oldID = ring.rootID
        let oldText = try Data(contentsOf: URL(fileURLWithPath: scene.folder + "/old.key"))
        try await inPlace(scene)
        let fresh = try await scene.open()
        #expect(fresh.rootID != oldID)
        for file in files { #expect(await Scene.refusal(fresh, file) == nil) }
        #expect(try await fresh.sign([1], with: try await fresh.signingKey(.usEast1)).count == 256)
        #expect(try await fresh.check(named: Set(files.map(\.version))).problems == [])
        await #expect(throws: KeyError.otherRoot) { _ = try await scene.open(old) }
        await #expect(throws: KeyError.otherRoot) { try await inPlace(scene, old) }
        for document in scene.documents.snapshot() where !"\(document.key)".hasPrefix("keys/trail/") {
            let body = String(decoding: document.body, as: UTF8.self)
            #expect(!body.contains(oldID), "\(document.key)")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scene.folder + "/root.key")) != oldText)
        #expect(!FileManager.default.fileExists(atPath: scene.folder + "/root.key.new"))
        #expect(try await fresh.pendingEvents().filter { $0.name == "ChangeRootKey" }.count == 1)
        let file = try await Scene.write(fresh, key)
        #expect(await Scene.refusal(try await scene.open(), file) == nil)
    }

    @Test("a root that is not the keyring's changes nothing and leaves no new key behind")
    func otherRoot() async throws {
        let (scene, _, _, _) = try await prepared()
        let other = RootSource.file(try scene.secretFile("other.key", String(repeating: "ab", count: 32)))
        let before = scene.documents.snapshot().map(\.revision).max()
        await #expect(throws: KeyError.otherRoot) { try await inPlace(scene, other) }
        #expect(scene.documents.snapshot().map(\.revision).max() == before)
        #expect(!FileManager.default.fileExists(atPath: scene.folder + "/root.key.new"))
        await #expect(throws: KeyError.self) { _ = try await move(scene, from: scene.root, to: scene.root) }
        _ = try await scene.open()
    }

    @Test("killed at any call, a node starts, and the same command finishes it", arguments: [false, true])
    func inPlaceInterrupted(_ losesAnswer: Bool) async throws {
        let (scene, key, files, old) = try await prepared()
        let snapshot = scene.documents.snapshot()
        let oldText = try Data(contentsOf: URL(fileURLWithPath: scene.folder + "/old.key"))
        let path = scene.folder + "/root.key"
        var number = 1
        while true {
            scene.documents.restore(snapshot)
            try oldText.write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            try? FileManager.default.removeItem(atPath: path + ".new")
            let before = scene.documents.callCount
            if losesAnswer { scene.documents.loseAnswer(call: number) } else { scene.documents.fail(call: number) }
            try? await inPlace(scene)
            let wasReached = scene.documents.callCount >= before + number
            scene.documents.fail(call: nil)
            scene.documents.loseAnswer(call: nil)
            // A node may start before it is finished, and write.
            let between = try await scene.open()
            var all = files
            for file in all { #expect(await Scene.refusal(between, file) == nil, "call \(number)") }
            all.append(try await Scene.write(between, key, account: Scene.otherAccount))
            _ = try await between.rotate(key.id, by: Scene.alice)
            if wasReached { try await inPlace(scene) }
            let fresh = try await scene.open()
            for file in all { #expect(await Scene.refusal(fresh, file) == nil, "call \(number)") }
            #expect(try await fresh.check(named: []).problems == [], "call \(number)")
            await #expect(throws: KeyError.otherRoot) { _ = try await scene.open(old) }
            if !wasReached { break }
            number += 1
        }
        #expect(number > 8)
    }

    @Test("killed at any call on the way to another source, it is finished with either root")
    func movedInterrupted() async throws {
        let (scene, key, files, _) = try await prepared()
        let snapshot = scene.documents.snapshot()
        let new = RootSource.file(scene.folder + "/elsewhere.key")
        var number = 1
        while true {
            for finishesWithNew in [false, true] {
                scene.documents.restore(snapshot)
                try? FileManager.default.removeItem(atPath: scene.folder + "/elsewhere.key")
                scene.documents.fail(call: number)
                let isDone = (try? await move(scene, from: scene.root, to: new)) != nil
                scene.documents.fail(call: nil)
                let isUnderWay =
                    String(
                        decoding: try await scene.all("keys/root")[0].body, as: UTF8.self
                    ).components(separatedBy: "createdAt").count == 3
                if isUnderWay {
                    for root in [scene.root, new] {
                        let between = try await scene.open(root)
                        for file in files { #expect(await Scene.refusal(between, file) == nil, "call \(number)") }
                    }
                }
                if !isDone, !(finishesWithNew && !isUnderWay) {
                    // When the last answer but the change itself failed there is nothing to finish.
                    _ = try? await move(scene, from: finishesWithNew ? new : scene.root, to: new)
                }
                guard let fresh = try? await scene.open(new) else {
                    #expect(finishesWithNew && !isUnderWay, "call \(number)")
                    continue
                }
                for file in files { #expect(await Scene.refusal(fresh, file) == nil, "call \(number)") }
                #expect(try await fresh.check(named: []).problems == [], "call \(number)")
                await #expect(throws: KeyError.otherRoot, "call \(number)") { _ = try await scene.open() }
                let file = try await Scene.write(fresh, key)
                #expect(await Scene.refusal(try await scene.open(new), file) == nil)
            }
            number += 1
            if number > 20 { break }
        }
    }

    @Test("the old root is not forgotten before the new one is where it will be looked for")
    func newKeyLost() async throws {
        let (scene, _, files, _) = try await prepared()
        // Stopped after all is sealed under the new root; somebody takes its file for rubbish and calls again.
        let steered = SteeredDocuments(scene.documents) {
            $0.kind == .put && $0.key == "keys/root" && $0.number > 4 && $1 == .before
        } _: {
            scene.documents.fail(call: 1)
        }
        _ = try? await Keyring.reroot(
            documents: steered, time: scene.time, random: scene.random, root: scene.root,
            new: .file(scene.folder + "/root.key.new"), by: Scene.alice, environment: { _ in nil }
        ) { () throws(KeyError) in throw KeyError.unavailable("killed") }
        #expect(FileManager.default.fileExists(atPath: scene.folder + "/root.key.new"))
        try FileManager.default.removeItem(atPath: scene.folder + "/root.key.new")
        // Whether this is refused or puts the key there again: a node starts.
        try? await inPlace(scene)
        let fresh = try await scene.open()
        for file in files { #expect(await Scene.refusal(fresh, file) == nil) }
    }

    @Test("from a passphrase to another passphrase and to a file")
    func passphrases() async throws {
        let scene = try Scene()
        let first = RootSource.passphrase(file: try scene.secretFile("first", "correct horse battery"))
        let second = RootSource.passphrase(file: try scene.secretFile("second", "staple of the same"))
        let ring = try await scene.establish(first)
        let key = try await ring.standardKey(region: .usEast1, account: Scene.account).arn
        let file = try await Scene.write(ring, key)
        let ids = [ring.rootID, try await move(scene, from: first, to: second)]
        await #expect(throws: KeyError.otherRoot) { _ = try await scene.open(first) }
        #expect(await Scene.refusal(try await scene.open(second), file) == nil)
        let last = try await move(scene, from: second, to: scene.root)
        await #expect(throws: KeyError.otherRoot) { _ = try await scene.open(second) }
        #expect(await Scene.refusal(try await scene.open(), file) == nil)
        #expect(Set(ids + [last]).count == 3)
    }
}
