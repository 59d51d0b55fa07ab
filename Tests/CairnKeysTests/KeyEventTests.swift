import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("What is done with keys is recorded once, in the same swap, without a secret")
struct KeyEventTests {
    @Test("each change leaves the event that KMS would name it by, and only that")
    func names() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        var secrets = [try await Scene.write(ring, key).bytes]
        func expect(_ names: [String], _ change: () async throws -> Void) async throws {
            try await ring.forget(events: try await ring.pendingEvents())
            try await change()
            let events = try await ring.pendingEvents()
            #expect(events.map(\.name) == names)
            for event in events {
                #expect(event.at == scene.clock.now.milliseconds)
                #expect(event.actor == Scene.alice || event.actor.kind == .service)
                let text = String(decoding: try JSONEncoder().encode(event), as: UTF8.self)
                for secret in secrets {
                    let hex = secret.map { String(format: "%02x", $0) }.joined()
                    #expect(!text.contains(hex) && !text.contains(Data(secret).base64EncodedString()))
                }
            }
        }
        try await expect(["CreateKey"]) {
            _ = try await ring.create(
                region: .usEast1, account: Scene.account, description: "d", alias: "second", rotationDays: 90,
                by: Scene.alice)
        }
        try await expect(["CreateAlias"]) { try await ring.setAlias("third", to: key.id, by: Scene.alice) }
        try await expect(["UpdateAlias"]) { try await ring.setAlias("third", to: "alias/second", by: Scene.alice) }
        try await expect(["EnableKeyRotation"]) { try await ring.setRotation(key.id, days: 90, by: Scene.alice) }
        try await expect(["DisableKeyRotation"]) { try await ring.setRotation(key.id, days: nil, by: Scene.alice) }
        try await expect(["DisableKey"]) { try await ring.disable(key.id, by: Scene.alice) }
        try await expect(["EnableKey"]) { try await ring.enable(key.id, by: Scene.alice) }
        try await expect(["RotateKeyOnDemand"]) { _ = try await ring.rotate(key.id, by: Scene.alice) }
        try await expect(["RewrapTrailKeys"]) { _ = try await ring.rewrap(key.id, by: Scene.alice) }
        try await expect(["RekeyTrails"]) { _ = try await ring.rekey(trail: nil, account: nil, by: Scene.alice) }
        try await expect(["RetireKeyVersion"]) { try await ring.retire(key.id, version: 1, by: Scene.alice) }
        try await expect(["RetireKeyVersion", "DestroyKeyVersion"]) {
            try await ring.destroy(key.id, version: 1, isForced: false, by: Scene.alice)
        }
        try await expect(["ExportTrailKeys"]) {
            for (_, key) in try await ring.exportTrailKeys(trail: nil, account: nil, by: Scene.alice) {
                secrets.append(Scene.bytes(key.secret))
            }
        }
        try await expect([]) { _ = try await Scene.write(ring, key) }
        try await expect([]) { _ = try await ring.check(named: []) }
        scene.toNextMonth()
        try await expect(["ShredTrailKeys"]) { _ = try await scene.shred(ring) }
        try await expect(["ScheduleKeyDeletion"]) {
            _ = try await ring.scheduleDeletion("alias/second", days: 7, users: [], isForced: false, by: Scene.alice)
        }
        try await expect(["CancelKeyDeletion"]) { try await ring.cancelDeletion("alias/second", by: Scene.alice) }
        _ = try await ring.scheduleDeletion("alias/second", days: 7, users: [], isForced: false, by: Scene.alice)
        scene.toNextMonth()
        try await expect(["DeleteKey"]) { _ = try await ring.deleteDue() }
        try await ring.setRotation(key.id, days: 90, by: Scene.alice)
        scene.clock.advance(by: Scene.day * 91)
        try await expect(["RotateKey"]) { _ = try await ring.rotateDue() }
        try await expect(["BackupKeyring"]) {
            let passphrase = KeyMaterial(Secret(Array("correct horse battery".utf8).span))
            _ = try await ring.backup(passphrase: passphrase, by: Scene.alice)
        }
    }

    @Test("what was refused changes nothing, and is no event")
    func refused() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        _ = try await Scene.write(ring, key)
        _ = try await ring.rotate(key.id, by: Scene.alice)
        let before = try await ring.manifest()
        let rejects: [() async throws -> Void] = [
            { try await ring.setAlias("aws/x", to: key.id, by: Scene.alice) },
            { try await ring.setAlias("x", to: "alias/none", by: Scene.alice) },
            { try await ring.setRotation(key.id, days: 89, by: Scene.alice) },
            { try await ring.cancelDeletion(key.id, by: Scene.alice) },
            { try await ring.retire(key.id, version: 2, by: Scene.alice) },
            { try await ring.retire(key.id, version: 7, by: Scene.alice) },
            { _ = try await ring.rotate("alias/none", by: Scene.alice) },
            { _ = try await ring.rewrap("alias/none", by: Scene.alice) },
            { _ = try await scene.shred(ring) },
            { _ = try await ring.scheduleDeletion(key.id, days: 6, users: [], isForced: true, by: Scene.alice) },
            { _ = try await ring.scheduleDeletion(key.id, days: 7, users: [], isForced: false, by: Scene.alice) },
            {
                _ = try await ring.create(
                    region: .usEast1, account: Scene.account, description: "", alias: "cairn", rotationDays: nil,
                    by: Scene.alice)
            },
            {
                _ = try await ring.create(
                    region: .usEast1, account: Scene.account, description: String(repeating: "d", count: 8_193),
                    alias: nil, rotationDays: nil, by: Scene.alice)
            },
        ]
        for (number, reject) in rejects.enumerated() {
            await #expect(throws: KeyError.self, "\(number)") { try await reject() }
        }
        #expect(try await ring.manifest() == before)
        #expect(try await ring.check(named: []).unnamed == [], "and leaves no record")
    }

    @Test("with a thousand events that wait, changes and uses are refused; data keys are not, and none is lost")
    func full() async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        let file = try await Scene.write(ring, key)
        while try await ring.pendingEvents().count < 1_000 {
            try await ring.record("Decrypt", by: Scene.alice, parameters: [:])
        }
        let before = try await ring.manifest()
        let changes: [() async throws -> Void] = [
            { try await ring.disable(key.id, by: Scene.alice) },
            { _ = try await ring.rotate(key.id, by: Scene.alice) },
            { try await ring.record("Decrypt", by: Scene.alice, parameters: [:]) },
            { _ = try await ring.exportTrailKeys(trail: nil, account: nil, by: Scene.alice) },
        ]
        for change in changes {
            await #expect { try await change() } throws: { "\($0)".contains("start one ('cairn up' or 'cairn serve')") }
        }
        #expect(try await ring.manifest() == before)
        #expect(try await Scene.opens(ring, file))
        _ = try await Scene.write(ring, key, account: Scene.otherAccount)
        let events = try await ring.pendingEvents()
        try await ring.forget(events: Array(events.prefix(999)))
        #expect(try await ring.pendingEvents() == [events[999]])
        try await ring.forget(events: events)
        #expect(try await ring.pendingEvents().isEmpty)
        try await ring.disable(key.id, by: Scene.alice)
        #expect(try await ring.pendingEvents().map(\.name) == ["DisableKey"])
    }

    @Test("events of two processes at once are all there")
    func twoAtOnce() async throws {
        let scene = try Scene()
        let (ring, _) = try await scene.ring()
        let other = try await scene.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, one) in [ring, other, ring, other].enumerated() {
                group.addTask {
                    for round in 0..<20 {
                        try await one.record("Decrypt", by: Scene.alice, parameters: ["n": "\(number)/\(round)"])
                    }
                }
            }
            try await group.waitForAll()
        }
        let events = try await ring.pendingEvents()
        #expect(Set(events.compactMap { $0.parameters["n"] }).count == 80 && Set(events.map(\.id)).count == 81)
        #expect(try await ring.manifest().generation == 82)
    }
}
