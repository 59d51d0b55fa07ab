import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import Synchronization

/// One look at the keyring, which serves the digests of one round: what they quote of it, and who signs them.
///
/// It lives as long as the round, a second or so: it holds private halves.
final class SigningRound: Sendable {
    let mark: DigestBody.KeyringMark

    private let keyring: Keyring
    private let manifest: KeyManifest
    private let publish: @Sendable (SigningKey) async -> Void
    private let opened = Mutex<[String: OpenSigningKey]>([:])

    init(
        _ keyring: Keyring, _ manifest: KeyManifest, _ hash: SHA256Hash,
        publish: @escaping @Sendable (SigningKey) async -> Void
    ) {
        (self.keyring, self.manifest, self.publish) = (keyring, manifest, publish)
        mark = DigestBody.KeyringMark(generation: manifest.generation, hash: hash)
    }

    /// The key that signs for a Region now.
    func key(_ region: Region, now: Timestamp) async throws(DigestError) -> SigningKey {
        if let key = manifest.signingKey(region, at: now.milliseconds) { return key }
        // It makes one.
        do throws(KeyError) { return try await keyring.signingKey(region) } catch { throw .keys(error) }
    }

    /// Trail keys of a trail that were destroyed after a moment.
    func shredded(_ trail: UniqueID, after: Int64) -> [DigestBody.Shredding] {
        manifest.tombstones
            .filter { $0.trail == trail && $0.at / 1_000 > after }
            .map {
                DigestBody.Shredding(
                    period: $0.period, keys: $0.names, at: EventTime(seconds: $0.at / 1_000), by: $0.by)
            }
    }

    /// The signature of a message in hex; nil when the key's window has closed since the digest was decided.
    func sign(_ message: [UInt8], fingerprint: String) async throws(DigestError) -> String? {
        do throws(KeyError) {
            guard let key = try await open(fingerprint) else { return nil }
            return Hex.lower(try key.sign(message))
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

    private func open(_ fingerprint: String) async throws(KeyError) -> OpenSigningKey? {
        if let known = opened.withLock({ $0[fingerprint] }) { return known }
        guard let key = try await key(named: fingerprint), !key.isRetired else { return nil }
        await publish(key)
        let open = try await keyring.open(key)
        opened.withLock { $0[fingerprint] = open }
        return open
    }

    private func key(named fingerprint: String) async throws(KeyError) -> SigningKey? {
        if let key = manifest.signing.last(where: { $0.fingerprint == fingerprint }) { return key }
        // Made since.
        return try await keyring.manifest().signing.last { $0.fingerprint == fingerprint }
    }
}
