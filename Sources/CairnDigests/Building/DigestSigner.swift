import CairnFormat
package import CairnKeys
import CairnNative
import CairnSystem

/// Signs digests with the keyring's keys, and tells digests of ours from others.
package struct DigestSigner: Sendable {
    private let keyring: Keyring
    /// Sees to it that a key's public half lies where auditors look, before its first signature does.
    private let publish: @Sendable (SigningKey) async -> Void

    package init(_ keyring: Keyring, publish: @escaping @Sendable (SigningKey) async -> Void) {
        self.keyring = keyring
        self.publish = publish
    }

    /// The key that signs for a Region now.
    func key(_ region: Region) async throws(DigestError) -> SigningKey {
        do throws(KeyError) { return try await keyring.signingKey(region) } catch { throw .keys(error) }
    }

    func mark() async throws(DigestError) -> DigestBody.KeyringMark {
        do throws(KeyError) {
            let mark = try await keyring.mark()
            return DigestBody.KeyringMark(generation: mark.generation, hash: mark.hash)
        } catch { throw .keys(error) }
    }

    /// Trail keys of a trail's account that were destroyed after a moment.
    func shredded(_ trail: UniqueID, _ account: AccountID, after: Int64) async throws(DigestError)
        -> [DigestBody.Shredding]
    {
        do throws(KeyError) {
            return try await keyring.manifest().tombstones
                .filter { $0.trail == trail && $0.account == account && $0.at / 1_000 > after }
                .map {
                    DigestBody.Shredding(
                        period: $0.period, keys: $0.names, at: EventTime(seconds: $0.at / 1_000), by: $0.by)
                }
        } catch { throw .keys(error) }
    }

    /// The signature of a message in hex; nil when the key's window has closed since the digest was decided.
    func sign(_ message: [UInt8], fingerprint: String) async throws(DigestError) -> String? {
        do throws(KeyError) {
            guard let key = try await key(named: fingerprint), !key.isRetired else { return nil }
            await publish(key)
            return Hex.lower(try await keyring.sign(message, with: key))
        } catch {
            if case .refused = error { return nil }
            throw .keys(error)
        }
    }

    /// Whether a key of this deployment made a signature.
    func isOurs(_ signature: String, of message: [UInt8], fingerprint: String) async throws(DigestError) -> Bool {
        do throws(KeyError) {
            guard let key = try await key(named: fingerprint), let bytes = Hex.bytes(signature),
                let published = try? RSAPublicKey(pkcs1: key.der)
            else { return false }
            return published.verifies(bytes, of: message)
        } catch { throw .keys(error) }
    }

    private func key(named fingerprint: String) async throws(KeyError) -> SigningKey? {
        try await keyring.manifest().signing.last { $0.fingerprint == fingerprint }
    }
}
