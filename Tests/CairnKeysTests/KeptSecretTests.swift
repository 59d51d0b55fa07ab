import CairnDocuments
import CairnKeys
import CairnNative
import CairnTestKit
import Testing

@Suite("Secrets of other parts are kept sealed under the root")
struct KeptSecretTests {
    static func secret(_ byte: UInt8) -> KeyMaterial { KeyMaterial(Secret([UInt8](repeating: byte, count: 40).span)) }

    @Test("what was kept is there, under its name alone, until it is forgotten")
    func kept() async throws {
        let scene = try Scene()
        let ring = try await scene.establish()
        try await ring.keep(Self.secret(1), as: "access/AKIA1")
        #expect(try await scene.open().secret("access/AKIA1")?.secret.equals(Self.secret(1).secret) == true)
        #expect(try await ring.secret("access/AKIA2") == nil)
        await #expect(throws: KeyError.self) { try await ring.keep(Self.secret(2), as: "access/AKIA1") }
        try await ring.forgetSecret("access/AKIA1")
        try await ring.forgetSecret("access/AKIA1")
        #expect(try await ring.secret("access/AKIA1") == nil)
    }

    @Test("a record that stands under another's name, or was changed, does not open")
    func moved() async throws {
        let scene = try Scene()
        let ring = try await scene.establish()
        try await ring.keep(Self.secret(1), as: "access/AKIA1")
        let document = try #require(try await scene.documents.list(prefix: "keys/secrets/").first)
        _ = try await scene.documents.put(
            try .init("keys/secrets/access/AKIA2"), document.body, ifRevision: nil)
        await #expect(throws: KeyError.self) { try await ring.secret("access/AKIA2") }
        var changed = document.body
        changed[changed.count - 1] ^= 1
        _ = try await scene.documents.put(document.key, changed, ifRevision: document.revision)
        await #expect(throws: KeyError.self) { try await ring.secret("access/AKIA1") }
        #expect(try await ring.check(named: []).problems.count == 2)
    }

    @Test("a new root, and a backup, take them along")
    func along() async throws {
        let scene = try Scene()
        let ring = try await scene.establish()
        try await ring.keep(Self.secret(1), as: "webhook/1")
        _ = try await Keyring.reroot(
            documents: scene.documents, time: scene.time, random: scene.random, root: scene.root,
            new: .file(scene.folder + "/new.key"), by: Scene.alice, environment: { _ in nil }, replace: {})
        let again = try await scene.open(.file(scene.folder + "/new.key"))
        #expect(try await again.secret("webhook/1")?.secret.equals(Self.secret(1).secret) == true)
        let report = try await again.check(named: [])
        #expect(report.secrets == 1 && report.problems.isEmpty && report.unnamed.isEmpty)
    }
}
