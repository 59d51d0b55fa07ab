import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnTestKit
import Foundation
import Synchronization
import Testing

@Suite("A keyring is established once, and opens with its own root alone")
struct EstablishTests {
    @Test("whatever other root is given, the message is the same")
    func oneMessage() async throws {
        let scene = try Scene()
        let pass = try scene.secretFile("pass", "correct horse battery\n")
        let wrong = try scene.secretFile("wrong", "correct horse batterz\n")
        let file = try scene.secretFile("other.key", String(repeating: "ab", count: 32))
        for own in [scene.root, .passphrase(file: pass)] {
            scene.documents.restore([])
            _ = try await scene.establish(own)
            let before = scene.documents.snapshot().map(\.revision).max()
            for other in [.file(file), .passphrase(file: wrong), scene.root, .passphrase(file: pass)] as [RootSource] {
                if other == own { continue }
                await #expect(throws: KeyError.otherRoot) { _ = try await scene.open(other) }
                await #expect(throws: KeyError.otherRoot) { _ = try await scene.establish(other) }
            }
            #expect(scene.documents.snapshot().map(\.revision).max() == before, "nothing was written")
        }
    }

    @Test("a root key file that others may read, or that is no key, is refused with the reason")
    func rootFiles() async throws {
        for (mode, text, reason) in [
            (0o640, String(repeating: "a", count: 64), "mode 640"),
            (0o604, String(repeating: "a", count: 64), "mode 604"),
            (0o600, String(repeating: "g", count: 64), "found 64 bytes of something else"), (0o600, "", "it is empty"),
            (0o600, String(repeating: "a", count: 257), "found 257 bytes"),
            (0o600, String(repeating: "a", count: 62), "found 62 bytes"),
        ] {
            let scene = try Scene()
            let path = scene.folder + "/root.key"
            #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            await #expect { _ = try await scene.establish() } throws: { "\($0)".contains(reason) }
            #expect(scene.documents.snapshot().isEmpty)
        }
        let scene = try Scene()
        try FileManager.default.createSymbolicLink(
            atPath: scene.folder + "/root.key", withDestinationPath: try scene.secretFile("there", "x"))
        await #expect { _ = try await scene.establish() } throws: { "\($0)".contains("links are not followed") }
    }

    @Test("no key bytes stand in the messages of a root that is refused")
    func messages() async throws {
        let scene = try Scene()
        _ = try await scene.ring()
        let key = String(repeating: "5e", count: 32)
        let path = try scene.secretFile("other.key", key)
        let bad = try scene.secretFile("bad.key", key + "zz")
        for root in [RootSource.file(path), .file(bad), .passphrase(file: path)] {
            await #expect { _ = try await scene.open(root) } throws: { !"\($0)".contains("5e5e") }
        }
    }

    @Test("a file of systemd's credential directory is a root; without the directory the message says what to do")
    func credentials() async throws {
        let scene = try Scene()
        _ = try scene.secretFile("cairn-root", String(repeating: "07", count: 32))
        let folder = scene.folder
        func establish(_ directory: String?) async throws(KeyError) -> Keyring {
            try await Keyring.establish(
                documents: scene.documents, time: scene.time, random: scene.random, root: .credential("cairn-root"),
                environment: { $0 == "CREDENTIALS_DIRECTORY" ? directory : nil })
        }
        await #expect { _ = try await establish(nil) } throws: { "\($0)".contains("LoadCredential=cairn-root") }
        await #expect { _ = try await establish(folder + "/none") } throws: { "\($0)".contains("no such file") }
        let id = try await establish(folder).rootID
        #expect(try await establish(folder).rootID == id)
        // As systemd leaves it for a unit with User=; more than that it never grants.
        for (mode, isTaken) in [(0o440, true), (0o444, false), (0o460, false), (0o400, true)] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder + "/cairn-root")
            let found = try? await establish(folder).rootID
            #expect(found == (isTaken ? id : nil), "mode \(mode)")
        }
    }

    @Test("a variable of the environment that is not set, or holds no key, is refused")
    func environment() async throws {
        let scene = try Scene()
        for name in ["CAIRN_TEST_NONE", "PATH"] {
            await #expect { _ = try await scene.establish(.environment(name)) } throws: { error in
                if case KeyError.rootSource? = error as? KeyError { true } else { false }
            }
        }
        #expect(scene.documents.snapshot().isEmpty)
    }

    @Test("scrypt parameters that the root document may not ask for are refused before any work")
    func greedyScrypt() async throws {
        let scene = try Scene()
        let pass = RootSource.passphrase(file: try scene.secretFile("pass", "correct horse battery\n"))
        _ = try await scene.establish(pass)
        let root = try await scene.all("keys/root")[0]
        let text = String(decoding: root.body, as: UTF8.self)
        #expect(text.contains("\"n\":131072,\"p\":1,\"r\":8"))
        let clock = ContinuousClock()
        for (n, p, r) in [
            (1 << 40, 1, 8), (1 << 21, 1, 8), (1 << 14, 1, 8), (131_073, 1, 8), (0, 1, 8), (131_072, 5, 8),
            (131_072, 0, 8), (131_072, 1, 9), (131_072, 1, 0), (131_072, Int.max, 8),
        ] {
            let changed = text.replacing("\"n\":131072,\"p\":1,\"r\":8", with: "\"n\":\(n),\"p\":\(p),\"r\":\(r)")
            try await scene.replace(root, with: Array(changed.utf8))
            let took = await clock.measure {
                await #expect { _ = try await scene.open(pass) } throws: {
                    "\($0)".contains("more work than is taken")
                }
            }
            #expect(took < .milliseconds(100), "N=\(n), r=\(r), p=\(p)")
        }
        try await scene.replace(root, with: root.body)
        _ = try await scene.open(pass)
    }

    @Test("a root document that was changed is refused, and traps nothing")
    func rootDocument() async throws {
        let scene = try Scene()
        _ = try await scene.ring()
        let root = try await scene.all("keys/root")[0]
        for body in ["", "{}", "null", "[]", "{\"format\":1,\"roots\":[],\"bridges\":[]}", "{\"format\":2"] {
            try await scene.replace(root, with: Array(body.utf8))
            await #expect(throws: KeyError.self) { _ = try await scene.open() }
            await #expect(throws: KeyError.self) { _ = try await scene.establish() }
        }
        for place in root.body.indices {
            for bit in 0..<8 {
                var body = root.body
                body[place] ^= 1 << UInt8(bit)
                try await scene.replace(root, with: body)
                // What is only for people may change unseen; a key never opens under another one.
                do { _ = try await scene.open() } catch {
                    switch error {
                    case .otherRoot, .damagedRecord: break
                    default: Issue.record("bit \(bit) of byte \(place): \(error)")
                    }
                }
            }
        }
    }

    @Test("two that establish at once have one keyring, also when the quicker one dies before it is done")
    func quickerOneDies() async throws {
        // The other one has written the root document, nothing else, when this one comes to write it.
        let scene = try Scene()
        let steered = SteeredDocuments(scene.documents) { call, moment in
            call.kind == .put && call.key == "keys/root" && moment == .before
        } _: {
            // Calls: get root, put root, get manifest.
            scene.documents.fail(call: 3)
            _ = try? await scene.establish()
            scene.documents.fail(call: nil)
        }
        let ring = try await scene.establish(over: steered)
        #expect(steered.didStop)
        let key = try await ring.standardKey(region: .usEast1, account: Scene.account).arn
        let file = try await Scene.write(ring, key)
        let fresh = try await scene.open()
        #expect(try await Scene.opens(fresh, file))
        #expect(try await scene.all("keys/log/").count == 1)
    }

    @Test(
        "two that establish at once, one stopped at each of its calls, have one keyring, one log key, one standard key")
    func everyStop() async throws {
        for number in 1...12 {
            for moment in [SteeredDocuments.Moment.before, .after] {
                let scene = try Scene(seed: UInt64(number))
                let other = Mutex<Keyring?>(nil)
                let steered = SteeredDocuments(scene.documents) {
                    $0.number == number && $1 == moment
                } _: {
                    guard let ring = try? await scene.establish() else { return }
                    _ = try? await ring.standardKey(region: .usEast1, account: Scene.account)
                    other.withLock { $0 = ring }
                }
                let slow = try await scene.establish(over: steered)
                let key = try await slow.standardKey(region: .usEast1, account: Scene.account).arn
                let file = try await Scene.write(slow, key)
                guard let quick = other.withLock({ $0 }) else { continue }
                #expect(try await quick.standardKey(region: .usEast1, account: Scene.account).arn == key)
                #expect(try await Scene.opens(quick, file))
                #expect(quick.rootID == slow.rootID)
                let (logs, others) = (try await slow.logKeys(), try await quick.logKeys())
                let id = [UInt8](repeating: 1, count: 16)
                let keys = [logs, others].map { Scene.bytes($0.segmentKey(version: 1, id: id, log: "a")!.secret) }
                #expect(keys[0] == keys[1])
                #expect(try await slow.manifest().keys.count == 1)
                #expect(try await slow.check(named: [file.version]).problems == [])
            }
        }
    }

    @Test("many that establish at once over one root key file have one root", arguments: 1...20 as ClosedRange<UInt64>)
    func crowd(seed: UInt64) async throws {
        let scene = try Scene(seed: seed)
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 { group.addTask { try await scene.establish().rootID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scene.folder) == ["root.key"])
    }

    @Test("without a keyring there is none to open")
    func none() async throws {
        let scene = try Scene()
        await #expect(throws: KeyError.noKeyring) { _ = try await scene.open() }
    }
}
