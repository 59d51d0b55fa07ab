import CairnDocuments
package import CairnFormat
package import CairnNative
import CairnSystem

/// Keys that sign digests, one after another for each Region, and the anchor that vouches for them.
extension Keyring {
    /// How long a signing key signs.
    package static let signingWindowMilliseconds: Int64 = 30 * 86_400_000
    /// How long before a window's end the next one begins.
    package static let signingOverlapMilliseconds: Int64 = 5 * 86_400_000
    private static let signingBits = 2_048
    private static let anchorBits = 3_072

    static func anchorDocument(_ anchor: AnchorKey) -> String { "keys/anchor/\(anchor.record)" }
    private static func anchorSubject(_ anchor: AnchorKey) -> String { "anchor key \(anchor.pin)" }
    static func signingKeyDocument(_ key: SigningKey) -> String { "keys/signing/\(key.fingerprint)" }
    private static func signingKeySubject(_ key: SigningKey) -> String {
        "signing key \(key.region) \(key.fingerprint) \(key.from) \(key.until)"
    }

    /// Sees to it that each Region has a key that signs now and for the days to come, and that none whose window has
    /// ended can sign any more.
    package func maintainSigning(_ regions: [Region]) async throws(KeyError) {
        let now = time.now.milliseconds
        for region in regions {
            let valid = try await manifest().signing.filter {
                $0.region == region && !$0.isRetired && $0.isValid(at: now)
            }
            if valid.allSatisfy({ $0.until - now <= Self.signingOverlapMilliseconds }) {
                try await makeSigningKey(region)
            }
        }
        for key in try await manifest().signing where !key.isRetired && key.until <= now {
            try await change(by: KeyActor(.service, name: "signing keys")) { (manifest) throws(KeyError) in
                guard let place = manifest.signing.firstIndex(where: { $0.fingerprint == key.fingerprint }) else {
                    return ((), nil)
                }
                manifest.signing[place].isRetired = true
                return (
                    (),
                    EventDraft(
                        name: "RetireSigningKey",
                        parameters: ["fingerprint": key.fingerprint, "region": key.region.name])
                )
            }
        }
        // After the manifest says so: a private half that is left by a crash goes with the next call.
        var removed = false
        for key in try await manifest().signing where key.isRetired {
            if let document = try await get(Self.signingKeyDocument(key)) {
                try await remove(document)
                removed = true
            }
        }
        if removed { try await purge() }
    }

    /// The key that signs for a Region now; the newest one, if windows overlap.
    package func signingKey(_ region: Region) async throws(KeyError) -> SigningKey {
        for _ in 0..<2 {
            let now = time.now.milliseconds
            if let key = try await manifest().signingKey(region, at: now) { return key }
            try await maintainSigning([region])
        }
        throw .unavailable("no signing key of \(region) is valid now: is the clock right?")
    }

    /// Signs one message. For several, ``open(_:)``.
    package func sign(_ message: [UInt8], with key: SigningKey) async throws(KeyError) -> [UInt8] {
        try await open(key).sign(message)
    }

    /// Takes a key's private half into memory. Who holds it lets go of it soon: it is destroyed when the window ends.
    package func open(_ key: SigningKey) async throws(KeyError) -> OpenSigningKey {
        let secret = try await privateKey(of: key)
        do throws(RSAPublicKey.Problem) { return try OpenSigningKey(key, secret, time: time) } catch {
            throw .damagedRecord(key: Self.manifestKey, reason: "the public half of \(key.fingerprint) is no RSA key")
        }
    }

    /// What the keyring says at this moment, with the SHA-256 of its manifest for digests to quote.
    package func marked() async throws(KeyError) -> (manifest: KeyManifest, hash: SHA256Hash) {
        let (manifest, revision) = try await versionedManifest()
        return (manifest, mark(of: manifest, revision))
    }

    /// Public halves whose windows overlap a range, of every Region.
    package func publicKeys(from: Int64, until: Int64) async throws(KeyError) -> [SigningKey] {
        try await manifest().signing.filter { $0.from <= until && from < $0.until }
    }

    func privateKey(of key: SigningKey) async throws(KeyError) -> RSAPrivateKey {
        let der = try await openRootRecord(
            Self.signingKeyDocument(key), .signingKey, Self.signingKeySubject(key))
        do throws(RSAPrivateKey.Unreadable) { return try RSAPrivateKey(der: der.secret) } catch {
            throw .damagedRecord(key: Self.signingKeyDocument(key), reason: "it is no RSA key")
        }
    }

    private func makeSigningKey(_ region: Region) async throws(KeyError) {
        let anchor = try await anchor()
        let made = makeRSAKey(Self.signingBits)
        // Whole seconds: lists of public keys have no finer time, and the anchor vouches for what they say.
        let (der, now) = (made.publicDER, time.now.seconds * 1_000)
        var key = SigningKey(
            region: region, der: der, fingerprint: RSAPublicKey.fingerprint(pkcs1: der), from: now,
            until: now + Self.signingWindowMilliseconds)
        key.anchorSignature = anchor?.sign(key.voucher)
        let record = SealedRecord(
            .signingKey, Self.signingKeySubject(key), KeyMaterial(made.der()), by: roots.primary, random: random)
        try await put(record, at: Self.signingKeyDocument(key))
        let isOurs = try await change(by: KeyActor(.service, name: "signing keys")) { (manifest) throws(KeyError) in
            let others = manifest.signing.filter { $0.region == region && !$0.isRetired && $0.isValid(at: now) }
            guard others.allSatisfy({ $0.until - now <= Self.signingOverlapMilliseconds }) else { return (false, nil) }
            manifest.signing.append(key)
            return (
                true,
                EventDraft(
                    name: "CreateSigningKey", parameters: ["fingerprint": key.fingerprint, "region": region.name])
            )
        }
        // Somebody else was quicker.
        if !isOurs, let document = try await get(Self.signingKeyDocument(key)) { try await remove(document) }
    }

    /// The anchor, made now if there is none. Nil when its private half is kept elsewhere.
    private func anchor() async throws(KeyError) -> RSAPrivateKey? {
        if try await manifest().anchor == nil {
            let made = makeRSAKey(Self.anchorBits)
            let anchor = AnchorKey(
                der: made.publicDER, createdAt: time.now.milliseconds, record: UniqueID(random: random.bytes(16)))
            let record = SealedRecord(
                .anchorKey, Self.anchorSubject(anchor), KeyMaterial(made.der()), by: roots.primary, random: random)
            try await put(record, at: Self.anchorDocument(anchor))
            let isOurs = try await change(by: KeyActor(.service, name: "signing keys")) { (manifest) throws(KeyError) in
                guard manifest.anchor == nil else { return (false, nil) }
                manifest.anchor = anchor
                return (true, EventDraft(name: "CreateAnchorKey", parameters: ["pin": anchor.pin]))
            }
            if !isOurs, let document = try await get(Self.anchorDocument(anchor)) { try await remove(document) }
        }
        return try await anchorKey()
    }

    /// The anchor's private half; nil when it is kept elsewhere.
    func anchorKey() async throws(KeyError) -> RSAPrivateKey? {
        guard let anchor = try await manifest().anchor, try await get(Self.anchorDocument(anchor)) != nil else {
            return nil
        }
        let der = try await openRootRecord(Self.anchorDocument(anchor), .anchorKey, Self.anchorSubject(anchor))
        do throws(RSAPrivateKey.Unreadable) { return try RSAPrivateKey(der: der.secret) } catch {
            throw .damagedRecord(key: Self.anchorDocument(anchor), reason: "it is no RSA key")
        }
    }
}
