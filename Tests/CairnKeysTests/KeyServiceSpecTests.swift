import CairnFormat
import CairnKeys
import CairnTestKit
import Testing

@Suite("Key services keep their promises")
struct KeyServiceSpecTests {
    private static let unknown = try! KeyARN(
        "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000009")

    @Test("the keyring", arguments: KeyServiceSpec.rules)
    func keyring(_ rule: KeyServiceSpec.Rule) async throws {
        let scene = try Scene()
        let (ring, key) = try await scene.ring()
        try await rule.check(KeyServiceSpec.Subject(ring, key: key, unknownKey: Self.unknown))
    }

    @Test("the faulty one of the test kit, while it is not told to fail", arguments: KeyServiceSpec.rules)
    func faulty(_ rule: KeyServiceSpec.Rule) async throws {
        let keys = FaultyKeys(random: SeededRandom(seed: 1))
        try await rule.check(KeyServiceSpec.Subject(keys, key: Self.unknown, unknownKey: nil))
    }
}
