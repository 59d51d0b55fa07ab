package import CairnKeys

/// Where digests get their signatures: the keyring's keys.
package struct DigestSigner: Sendable {
    private let keyring: Keyring
    /// Sees to it that a key's public half lies where auditors look, before its first signature does.
    private let publish: @Sendable (SigningKey) async -> Void

    package init(_ keyring: Keyring, publish: @escaping @Sendable (SigningKey) async -> Void) {
        self.keyring = keyring
        self.publish = publish
    }

    /// A look at the keyring as it stands, for the digests of one round.
    func round() async throws(DigestError) -> SigningRound {
        do throws(KeyError) {
            let (manifest, hash) = try await keyring.marked()
            return SigningRound(keyring, manifest, hash, publish: publish)
        } catch { throw .keys(error) }
    }
}
