package import CairnDocuments
package import CairnFormat
package import CairnNative
package import CairnSystem
import FoundationEssentials
import Synchronization

/// The embedded key service: managed keys, trail keys, the log's key and signing keys, all in documents sealed under a
/// root key.
///
/// Every change is a compare-and-swap of one sealed manifest, which carries the event of the change with it. What it
/// keeps in memory is opened keys, and those are looked up anew whenever the manifest has another revision.
package final class Keyring: KeyService {
    struct Cache {
        var manifest: (revision: UInt64, content: KeyManifest)?
        /// The newest generation ever seen.
        var generation: UInt64 = 0
        /// Versions of managed keys, by label.
        var managed: [String: SealingKey] = [:]
        /// Trail keys by name.
        var trail: [TrailKeyName: KeyMaterial] = [:]
        /// The newest trail key of each trail and account.
        var newest: [String: TrailKeyRecord] = [:]
        var trailKeyEpoch: UInt64 = 0
        /// The hash of what the manifest of a revision says: digests quote it by the thousand.
        var mark: (revision: UInt64, hash: SHA256Hash)?
    }

    /// How many opened trail keys are kept.
    static let cacheCountMax = 10_000
    static let manifestKey = "keys/manifest"
    static let manifestSubject = "manifest"

    let documents: any DocumentStore
    let time: any TimeSource
    let random: any RandomSource
    let roots: RootKeys
    let period: KeyPeriod
    /// Makes a new RSA key of so many bits.
    let makeRSAKey: @Sendable (_ bits: Int) -> RSAPrivateKey
    let cache = Mutex(Cache())

    init(
        documents: any DocumentStore, time: any TimeSource, random: any RandomSource, roots: RootKeys,
        period: KeyPeriod,
        makeRSAKey: @escaping @Sendable (_ bits: Int) -> RSAPrivateKey = { RSAPrivateKey.generate(bits: $0) }
    ) {
        self.makeRSAKey = makeRSAKey
        self.documents = documents
        self.time = time
        self.random = random
        self.roots = roots
        self.period = period
    }

    // MARK: Opening

    /// Opens the keyring of a deployment.
    ///
    /// - Parameter environment: looks variables of the environment up.
    /// - Throws: ``KeyError/noKeyring`` when there is none.
    package static func open(
        documents: any DocumentStore, time: any TimeSource, random: any RandomSource, root: RootSource,
        period: KeyPeriod = .month, kms: (any KeyService)? = nil, environment: (String) -> String?,
        makeRSAKey: @escaping @Sendable (_ bits: Int) -> RSAPrivateKey = { RSAPrivateKey.generate(bits: $0) }
    ) async throws(KeyError) -> Keyring {
        guard let document = try await RootDocument.read(documents)?.content else { throw .noKeyring }
        let key = try await root.read(document, kms: kms, environment: environment)
        let keyring = Keyring(
            documents: documents, time: time, random: random, roots: try RootKeys(key, document), period: period,
            makeRSAKey: makeRSAKey)
        _ = try await keyring.manifest()
        return keyring
    }

    /// Opens the keyring, making it first if the deployment has none. Whatever a crash interrupts is done by the next
    /// call.
    package static func establish(
        documents: any DocumentStore, time: any TimeSource, random: any RandomSource, root: RootSource,
        period: KeyPeriod = .month, kms: (any KeyService)? = nil, environment: (String) -> String?,
        makeRSAKey: @escaping @Sendable (_ bits: Int) -> RSAPrivateKey = { RSAPrivateKey.generate(bits: $0) }
    ) async throws(KeyError) -> Keyring {
        if let found = try await RootDocument.read(documents)?.content {
            let key = try await root.read(found, kms: kms, environment: environment)
            let keyring = Keyring(
                documents: documents, time: time, random: random, roots: try RootKeys(key, found), period: period,
                makeRSAKey: makeRSAKey)
            // The root was written, the manifest perhaps not any more.
            try await keyring.begin()
            return keyring
        }
        let made = try await root.make(
            at: time.now.milliseconds, random: random, kms: kms, environment: environment)
        do throws(KeyError) {
            try await RootDocument(roots: [made.root]).write(documents, ifRevision: nil)
        } catch {
            guard case .documents(.conflict) = error else { throw error }
            // Somebody else began at the same moment: theirs is the root, and they may have come no further.
            return try await establish(
                documents: documents, time: time, random: random, root: root, period: period, kms: kms,
                environment: environment, makeRSAKey: makeRSAKey)
        }
        let keyring = Keyring(
            documents: documents, time: time, random: random, roots: RootKeys(made.key), period: period,
            makeRSAKey: makeRSAKey)
        try await keyring.begin()
        return keyring
    }

    /// Writes the first manifest, with a key for the log.
    private func begin() async throws(KeyError) {
        guard try await get(Self.manifestKey) == nil else { return _ = try await manifest() }
        var manifest = KeyManifest()
        manifest.generation = 1
        let logKey = KeyManifest.LogKey(version: 1, record: UniqueID(random: random.bytes(16)))
        manifest.logKeys = [logKey]
        try await put(
            SealedRecord(.logKey, Self.logKeySubject(logKey), newKey(), by: roots.primary, random: random),
            at: Self.logKeyDocument(logKey))
        let body = sealed(manifest).bytes
        do throws(DocumentError) {
            _ = try await documents.put(try DocumentKey(Self.manifestKey), body, ifRevision: nil)
        } catch .conflict {
            return
        } catch { throw .documents(error) }
    }

    /// Names the root key that it is sealed under, and tells nothing of it.
    package var rootID: String { String(roots.primary.label.dropFirst("root/".count)) }

    // MARK: The manifest

    /// What there is, as it stands now.
    package func manifest() async throws(KeyError) -> KeyManifest { try await versionedManifest().content }

    func versionedManifest() async throws(KeyError) -> (content: KeyManifest, revision: UInt64) {
        var older: UInt64?
        for _ in 0..<2 {
            let (content, revision) = try await readManifest()
            let isOlder = cache.withLock { cache in
                guard content.generation >= cache.generation else { return true }
                cache.generation = content.generation
                if cache.manifest?.revision == revision { return false }
                cache.manifest = (revision, content)
                cache.newest = [:]
                if cache.trailKeyEpoch != content.trailKeyEpoch {
                    cache.trailKeyEpoch = content.trailKeyEpoch
                    cache.trail = [:]
                    cache.managed = [:]
                }
                return false
            }
            if !isOlder { return (content, revision) }
            // Another task may have seen a newer one since this was read: once more tells.
            older = content.generation
        }
        throw .damagedRecord(
            key: Self.manifestKey, reason: "it is of generation \(older ?? 0), older than one that was there before")
    }

    /// The hash of what a manifest says.
    func mark(of manifest: KeyManifest, _ revision: UInt64) -> SHA256Hash {
        if let known = cache.withLock({ $0.mark }), known.revision == revision { return known.hash }
        let hash = SHA256.hash(manifest.json)
        cache.withLock { $0.mark = (revision, hash) }
        return hash
    }

    private func readManifest() async throws(KeyError) -> (content: KeyManifest, revision: UInt64) {
        guard let document = try await get(Self.manifestKey) else { throw .noKeyring }
        if let known = cache.withLock({ $0.manifest }), known.revision == document.revision {
            return (known.content, known.revision)
        }
        let body: [UInt8]
        do throws(SealedRecord.Problem) {
            let record = try SealedRecord(document.body)
            guard let root = roots[record.label] else { throw SealedRecord.Problem.otherKey }
            body = try record.content(.manifest, Self.manifestSubject, by: root)
        } catch { throw .damagedRecord(key: Self.manifestKey, reason: error.text) }
        guard let content = try? JSONDecoder().decode(KeyManifest.self, from: Data(body)),
            content.format <= KeyManifest.formatMax
        else { throw .damagedRecord(key: Self.manifestKey, reason: "it is of a newer cairn") }
        return (content, document.revision)
    }

    private func sealed(_ manifest: KeyManifest) -> SealedRecord {
        SealedRecord(.manifest, Self.manifestSubject, content: manifest.json, by: roots.primary, random: random)
    }

    /// What a change is recorded as.
    package struct EventDraft: Sendable {
        var name: String
        var parameters: [String: String] = [:]
        var resources: [KeyARN] = []
        var isReadOnly = false
    }

    /// Changes the manifest by compare-and-swap, and records the event of the change in the same swap.
    ///
    /// - Parameter body: may be called several times; nil: nothing to record. Throws to give up.
    @discardableResult
    func change<Result: Sendable>(
        by actor: KeyActor,
        _ body: (inout KeyManifest) throws(KeyError) -> (result: Result, event: EventDraft?)
    ) async throws(KeyError) -> Result {
        for _ in 0..<1_000 {
            let (old, revision) = try await versionedManifest()
            var manifest = old
            let (result, draft) = try body(&manifest)
            if let draft {
                guard manifest.events.count < KeyManifest.eventCountMax else {
                    throw .refused(
                        "\(manifest.events.count) events of earlier changes wait for a door to write them down: start one "
                            + "('cairn up' or 'cairn serve')")
                }
                manifest.events.append(event(draft, by: actor))
            }
            if manifest == old { return result }
            manifest.generation += 1
            let swapped = sealed(manifest).bytes
            do throws(DocumentError) {
                _ = try await documents.put(try DocumentKey(Self.manifestKey), swapped, ifRevision: revision)
                return result
            } catch .conflict {
                continue
            } catch { throw .documents(error) }
        }
        throw .unavailable("the keyring was changed by others too often: try again")
    }

    private func event(_ draft: EventDraft, by actor: KeyActor) -> KeyEvent {
        KeyEvent(
            id: UniqueID(random: random.bytes(16)), at: time.now.milliseconds, name: draft.name, actor: actor,
            parameters: draft.parameters, resources: draft.resources, isReadOnly: draft.isReadOnly)
    }

    /// Records that somebody used a key, before they get what they asked for.
    package func record(
        _ name: String, by actor: KeyActor, parameters: [String: String], resources: [KeyARN] = []
    ) async throws(KeyError) {
        try await change(by: actor) { (_) throws(KeyError) in
            ((), EventDraft(name: name, parameters: parameters, resources: resources, isReadOnly: true))
        }
    }

    /// Events that are not in the log yet, oldest first.
    package func pendingEvents() async throws(KeyError) -> [KeyEvent] { try await manifest().events }

    /// Forgets events that stand in the log now.
    package func forget(events: [KeyEvent]) async throws(KeyError) {
        let done = Set(events.map(\.id))
        try await change(by: KeyActor(.service, name: "door")) { (manifest) throws(KeyError) in
            manifest.events.removeAll { done.contains($0.id) }
            return ((), nil)
        }
    }

    // MARK: KeyService

    package func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey {
        let (name, key) = try await currentTrailKey(use.key, use.trail, use.account)
        let secret = Secret(count: EncryptedHeader.dataKeyByteCount) { (bytes: inout MutableSpan<UInt8>) in
            random.fill(&bytes)
        }
        let wrap = WrappedDataKey(
            secret, under: AESGCM(key), namespace: TrailKeyName.namespace, name: name.description,
            nonce: random.bytes(AESGCM.nonceByteCount), context: use.context)
        return DataKey(secret, wraps: [wrap], version: name.description)
    }

    package func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret {
        guard let text = wrap.rawName(namespace: TrailKeyName.namespace), let name = TrailKeyName(text) else {
            throw .unknownKey("\(wrap)")
        }
        let key = try await trailKey(name)
        do throws(AESGCM.NotAuthentic) { return try wrap.open(under: AESGCM(key), context: context) } catch {
            throw .damagedRecord(key: name.description, reason: "the file's wrapped key does not open under it")
        }
    }

    // MARK: Managed key versions

    static func managedKeyDocument(_ arn: KeyARN, _ version: ManagedKey.Version) -> String {
        "keys/managed/\(arn.id)/\(version.number)-\(version.record)"
    }
    static func managedKeySubject(_ arn: KeyARN, _ version: ManagedKey.Version) -> String {
        "managed key \(arn) version \(version.number) \(version.record)"
    }
    static func logKeyDocument(_ key: KeyManifest.LogKey) -> String { "keys/log/\(key.version)-\(key.record)" }
    static func logKeySubject(_ key: KeyManifest.LogKey) -> String { "log key version \(key.version) \(key.record)" }

    /// What seals and opens records under a version of a managed key.
    func sealingKey(of key: ManagedKey, _ number: Int) async throws(KeyError) -> SealingKey {
        let label = key.label(number)
        guard let version = key.version(number) else {
            throw .damagedRecord(key: Self.manifestKey, reason: "\(key.arn) never had a version \(number)")
        }
        guard version.state != .destroyed else { throw .destroyed("version \(number) of \(key.arn)") }
        if let known = cache.withLock({ $0.managed[label] }) { return known }
        let opened: KeyMaterial
        do throws(KeyError) {
            opened = try await openRootRecord(
                Self.managedKeyDocument(key.arn, version), .managedKey, Self.managedKeySubject(key.arn, version))
        } catch {
            // Destroyed since the manifest was read?
            let now = try await manifest().key(key.arn)?.version(number)?.state
            throw now == .destroyed ? .destroyed("version \(number) of \(key.arn)") : error
        }
        let sealing = SealingKey(label: label, opened)
        cache.withLock { $0.managed[label] = sealing }
        return sealing
    }

    /// A record that the root seals, opened.
    func openRootRecord(
        _ documentKey: String, _ kind: SealedRecord.Kind, _ subject: String
    ) async throws(KeyError) -> KeyMaterial {
        guard let document = try await get(documentKey) else {
            throw .damagedRecord(key: documentKey, reason: "it is not there")
        }
        do throws(SealedRecord.Problem) {
            let record = try SealedRecord(document.body)
            guard let root = roots[record.label] else { throw SealedRecord.Problem.otherKey }
            return try record.open(kind, subject, by: root)
        } catch { throw .damagedRecord(key: documentKey, reason: error.text) }
    }

    /// The keys of the log's segments.
    package func logKeys() async throws(KeyError) -> LogKeys {
        var keys: [UInt16: KeyMaterial] = [:]
        let versions = try await manifest().logKeys
        for version in versions {
            keys[UInt16(clamping: version.version)] = try await openRootRecord(
                Self.logKeyDocument(version), .logKey, Self.logKeySubject(version))
        }
        guard let current = versions.last else {
            throw .damagedRecord(key: Self.manifestKey, reason: "it names no key for the log")
        }
        return LogKeys(keys, current: UInt16(clamping: current.version))
    }

    // MARK: Documents

    func newKey() -> KeyMaterial {
        KeyMaterial(Secret(count: AESGCM.keyByteCount) { (bytes: inout MutableSpan<UInt8>) in random.fill(&bytes) })
    }

    func get(_ key: String) async throws(KeyError) -> Document? {
        do throws(DocumentError) { return try await documents.get(try DocumentKey(key)) } catch {
            throw .documents(error)
        }
    }

    func list(_ prefix: String, after: DocumentKey?, limit: Int) async throws(KeyError) -> [Document] {
        do throws(DocumentError) {
            return try await documents.list(prefix: prefix, after: after, limit: limit)
        } catch { throw .documents(error) }
    }

    func remove(_ document: Document) async throws(KeyError) {
        do throws(DocumentError) {
            try await documents.remove(document.key, ifRevision: document.revision)
        } catch .conflict {
            // Changed or removed meanwhile: whoever did so knows why.
            return
        } catch { throw .documents(error) }
    }

    /// Writes a record that is not there yet.
    func put(_ record: SealedRecord, at key: String) async throws(KeyError) {
        do throws(DocumentError) {
            _ = try await documents.put(try DocumentKey(key), record.bytes, ifRevision: nil)
        } catch { throw .documents(error) }
    }
}
