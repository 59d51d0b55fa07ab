import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("Signing keys follow one another, and the anchor vouches for each")
struct SigningTests {
    @Test("windows overlap, a closed one signs no more, and its private half is gone")
    func windows() async throws {
        let fixture = try Fixture()
        let (ring, _) = try await fixture.ring()
        let first = try await ring.signingKey(.usEast1)
        #expect(try await ring.signingKey(.usEast1) == first)
        let message = Array("a digest".utf8)
        let signature = try await ring.sign(message, with: first)
        #expect(try RSAPublicKey(pkcs1: first.der).verifies(signature, of: message))
        #expect(first.fingerprint == RSAPublicKey.fingerprint(pkcs1: first.der))
        fixture.time.advance(by: Fixture.day * 24)
        try await ring.maintainSigning([.usEast1])
        #expect(try await ring.manifest().signing.count == 1)
        fixture.time.advance(by: Fixture.day * 2)
        try await ring.maintainSigning([.usEast1])
        let second = try await ring.signingKey(.usEast1)
        #expect(second != first && second.from < first.until)
        _ = try await ring.sign(message, with: first)
        fixture.time.advance(by: Fixture.day * 5)
        try await ring.maintainSigning([.usEast1])
        #expect(try await ring.manifest().signing.map(\.isRetired) == [true, false])
        #expect(
            try await fixture.documents.list(prefix: "keys/signing/").map(\.key.description) == [
                "keys/signing/\(second.fingerprint)"
            ])
        await #expect(throws: KeyError.self) { _ = try await ring.sign(message, with: first) }
        #expect(
            try await ring.publicKeys(from: first.from, until: first.from).map(\.fingerprint) == [first.fingerprint])
        #expect(try await ring.publicKeys(from: first.from, until: .max).count == 2)
        #expect(try await ring.check(named: []).problems.isEmpty)
    }

    @Test("each Region has keys of its own, and the anchor's signature covers Region, key and window")
    func anchor() async throws {
        let fixture = try Fixture()
        let (ring, _) = try await fixture.ring()
        let other = try Region("eu-west-1")
        try await ring.maintainSigning([.usEast1, other])
        let manifest = try await ring.manifest()
        let anchor = try #require(manifest.anchor)
        let published = try RSAPublicKey(pkcs1: anchor.der)
        #expect(published.bits == 3_072 && anchor.pin == "sha256:\(SHA256.hash(anchor.der).hex)")
        #expect(Set(manifest.signing.map(\.region)) == [.usEast1, other])
        for key in manifest.signing {
            #expect(published.verifies(try #require(key.anchorSignature), of: key.voucher))
        }
        #expect(!published.verifies(try #require(manifest.signing[0].anchorSignature), of: manifest.signing[1].voucher))
        let text = try JSONSerialization.jsonObject(with: Data(PublicKeyList(manifest).json)) as? [String: Any]
        let list = try #require(text?["PublicKeyList"] as? [[String: Any]])
        func strings(_ name: String) -> [String?] { list.map { $0[name] as? String } }
        #expect(strings("Value") == manifest.signing.map { Data($0.der).base64EncodedString() })
        #expect(strings("Fingerprint") == manifest.signing.map(\.fingerprint))
        #expect(strings("Region") == manifest.signing.map(\.region.name))
        #expect(strings("AnchorSignature").allSatisfy { $0 != nil })
        for key in list {
            let (from, until) = (key["ValidityStartTime"] as? Int64, key["ValidityEndTime"] as? Int64)
            #expect(try #require(until) - #require(from) >= 30 * 86_400)
        }
    }
}
