import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("Signing keys have windows that overlap, and private halves end with them")
struct SigningWindowTests {
    @Test("window, overlap, successor, retirement")
    func windows() async throws {
        let scene = try Scene()
        let (ring, _) = try await scene.ring()
        let first = try await ring.signingKey(.usEast1)
        #expect(first.from == scene.clock.now.milliseconds && first.until - first.from == 30 * 86_400_000)
        let message = Array("a digest".utf8)
        let signature = try await ring.sign(message, with: first)
        let published = try RSAPublicKey(pkcs1: first.der)
        #expect(published.bits == 2_048 && published.verifies(signature, of: message))
        #expect(!published.verifies(signature, of: message + [0]))
        scene.clock.advance(by: Scene.day * 25 - .milliseconds(1))
        #expect(try await ring.signingKey(.usEast1) == first)
        try await ring.maintainSigning([.usEast1])
        #expect(try await ring.manifest().signing.count == 1, "no successor before the overlap")
        scene.clock.advance(by: .milliseconds(1))
        try await ring.maintainSigning([.usEast1])
        let second = try await ring.signingKey(.usEast1)
        #expect(second != first && second.from == first.until - 5 * 86_400_000)
        try await ring.maintainSigning([.usEast1])
        #expect(try await ring.manifest().signing.count == 2)
        // Until its window ends the first one signs.
        scene.clock.advance(by: Scene.day * 5 - .milliseconds(1))
        _ = try await ring.sign(message, with: first)
        scene.clock.advance(by: .milliseconds(1))
        for one in [ring, try await scene.open()] {
            await #expect { _ = try await one.sign(message, with: first) } throws: { "\($0)".contains("is not open") }
        }
        try await ring.maintainSigning([.usEast1])
        #expect(try await ring.manifest().signing.map(\.isRetired) == [true, false])
        #expect(try await scene.all("keys/signing/").map { "\($0.key)" } == ["keys/signing/\(second.fingerprint)"])
        #expect(try await ring.publicKeys(from: first.from, until: first.from).map(\.der) == [first.der])
        #expect(try await ring.publicKeys(from: first.until, until: first.until).map(\.der) == [second.der])
        #expect(
            try await ring.pendingEvents().map(\.name).filter { $0.contains("Signing") || $0.contains("Anchor") } == [
                "CreateAnchorKey", "CreateSigningKey", "CreateSigningKey", "RetireSigningKey",
            ])
        // A clock that goes back opens no closed window again.
        scene.clock.jump(to: Scene.start)
        await #expect(throws: KeyError.self) { _ = try await ring.sign(message, with: first) }
    }

    @Test("a clock that leaps beyond a window retires no key, and makes none of that time", arguments: [true, false])
    func leap(isGuarded: Bool) async throws {
        let scene = try Scene()
        let time: any TimeSource = isGuarded ? GuardedTime(scene.clock) : scene.clock
        let ring = try await Keyring.establish(
            documents: scene.documents, time: time, random: scene.random, root: scene.root, environment: { _ in nil })
        let first = try await ring.signingKey(.usEast1)
        scene.clock.jump(to: Scene.start + Scene.day * 400)
        try await ring.maintainSigning([.usEast1])
        let keys = try await ring.manifest().signing
        // Without the guard it would be so: the private half is gone for good.
        guard isGuarded else { return #expect(keys.map(\.isRetired) == [true, false]) }
        #expect(keys == [first] && !first.isRetired)
        scene.clock.jump(to: Scene.start + .seconds(5))
        #expect(try await ring.sign([1], with: first).count == 256)
    }

    @Test("the anchor vouches for Region, key and window: no part of it can be another")
    func anchor() async throws {
        let scene = try Scene()
        let (ring, _) = try await scene.ring()
        let other = try Region("eu-west-1")
        try await ring.maintainSigning([.usEast1, other])
        let manifest = try await ring.manifest()
        let anchor = try RSAPublicKey(pkcs1: try #require(manifest.anchor).der)
        /// A key's description with one field changed.
        func changed(_ key: SigningKey, _ field: String, _ value: Any) throws -> SigningKey {
            var fields = try #require(
                try JSONSerialization.jsonObject(with: try JSONEncoder().encode(key)) as? [String: Any])
            fields[field] = value
            return try JSONDecoder().decode(
                SigningKey.self, from: try JSONSerialization.data(withJSONObject: fields))
        }
        for key in manifest.signing {
            let signature = try #require(key.anchorSignature)
            #expect(anchor.verifies(signature, of: key.voucher))
            for (field, value) in [
                ("region", key.region == other ? "us-east-1" : "eu-west-1"), ("from", key.from - 1),
                ("until", key.until + 1), ("der", Data(key.der.dropLast()).base64EncodedString()),
            ] as [(String, Any)] {
                #expect(!anchor.verifies(signature, of: try changed(key, field, value).voucher), "\(field)")
            }
        }
        // A private half is bound to the window that it was made for.
        let longer = try changed(manifest.signing[0], "until", manifest.signing[0].until * 2)
        await #expect(throws: KeyError.self) { _ = try await ring.sign([1], with: longer) }
    }

    @Test("an anchor whose private half is kept elsewhere vouches for nothing new, and a damaged one is found")
    func anchorAway() async throws {
        let scene = try Scene()
        let (ring, _) = try await scene.ring()
        try await ring.maintainSigning([.usEast1])
        let record = try await scene.all("keys/anchor/")[0]
        var body = record.body
        body[body.count - 1] ^= 1
        try await scene.replace(record, with: body)
        #expect(try await ring.check(named: []).problems.count == 1)
        try await scene.remove(record)
        #expect(try await ring.check(named: []).problems == [])
        scene.clock.advance(by: Scene.day * 26)
        try await ring.maintainSigning([.usEast1])
        let manifest = try await ring.manifest()
        #expect(manifest.signing.map { $0.anchorSignature != nil } == [true, false])
    }

    @Test("two that make signing keys at once have one anchor and one key, and nothing else is left")
    func twoAtOnce() async throws {
        for prefix in ["keys/signing/", "keys/anchor/"] {
            let scene = try Scene()
            let (ring, _) = try await scene.ring()
            let steered = SteeredDocuments(scene.documents) {
                $0.kind == .put && $0.key.hasPrefix(prefix) && $1 == .after
            } _: {
                try? await ring.maintainSigning([.usEast1])
            }
            let slow = try await scene.open(over: steered)
            let key = try await slow.signingKey(.usEast1)
            #expect(steered.didStop)
            #expect(try await ring.signingKey(.usEast1) == key)
            _ = try await slow.sign([1], with: key)
            let report = try await ring.check(named: [])
            #expect(report.problems == [] && report.unnamed == [] && report.signingKeys == 1)
        }
    }
}
