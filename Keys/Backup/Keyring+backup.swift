package import CairnDocuments
import CairnFormat
package import CairnNative
package import CairnSystem
import FoundationEssentials

/// Backups of the keyring, and what comes back from them.
extension Keyring {
    /// The whole keyring as one encrypted file. Recorded before it is given out.
    package func backup(passphrase: KeyMaterial, by actor: KeyActor) async throws(KeyError) -> [UInt8] {
        try KeyringBackup.check(passphrase: passphrase)
        let generation = try await manifest().generation
        try await record("BackupKeyring", by: actor, parameters: ["generation": String(generation)])
        for _ in 0..<100 {
            let before = try await versionedManifest()
            let entries = try await list("keys/", after: nil, limit: .max).map {
                KeyringBackup.Entry(key: $0.key.description, body: Data($0.body))
            }
            // The generation is that of the records.
            guard try await versionedManifest().revision == before.revision else { continue }
            return try KeyringBackup(
                generation: before.content.generation, root: roots.primary.material, entries: entries
            ).encode(passphrase: passphrase, random: random)
        }
        throw .unavailable("the keyring was changed by others too often: try again")
    }

    /// What a restore did.
    package struct RestoreReport: Sendable, Equatable, Codable {
        package var generation: UInt64
        package var restored = 0
        package var alreadyThere = 0
        /// Records that were not brought back, because they were destroyed on purpose.
        package var refused: [String] = []
    }

    /// Puts back what is missing. What is there is never replaced, and what was destroyed on purpose stays so.
    ///
    /// - Parameter saveRoot: called with the backup's root key when the documents hold no keyring, to put it where the
    ///   node looks for it.
    package static func restore(
        _ backup: KeyringBackup, documents: any DocumentStore, time: any TimeSource, random: any RandomSource,
        root: RootSource, by actor: KeyActor, kms: (any KeyService)? = nil, environment: (String) -> String?
    ) async throws(KeyError) -> RestoreReport {
        var report = RestoreReport(generation: backup.generation)
        let old: KeyManifest?
        if let present = try await RootDocument.read(documents)?.content {
            let key = try await root.read(present, kms: kms, environment: environment)
            guard RootKeys.id(of: key) == RootKeys.id(of: backup.root) else {
                throw .refused(
                    "the keyring here is sealed under another root than the backup: it was rerooted since, or the backup is of "
                        + "another data directory")
            }
            let keyring = Keyring(
                documents: documents, time: time, random: random, roots: try RootKeys(key, present), period: .month)
            do throws(KeyError) { old = try await keyring.manifest() } catch .noKeyring { old = nil }
        } else {
            old = nil
            try root.save(backup.root, environment: environment)
        }
        for entry in backup.entries {
            if let old, let name = Self.refusal(entry.key, old) {
                report.refused.append(name)
                continue
            }
            do throws(DocumentError) {
                let key = try DocumentKey(entry.key)
                do throws(DocumentError) {
                    _ = try await documents.put(key, Array(entry.body), ifRevision: nil)
                    report.restored += 1
                } catch .conflict { report.alreadyThere += 1 }
            } catch { throw .documents(error) }
        }
        let keyring = try await open(
            documents: documents, time: time, random: random, root: root, kms: kms, environment: environment)
        try await keyring.change(by: actor) { (manifest) throws(KeyError) in
            manifest.trailKeyEpoch += 1
            return (
                (),
                EventDraft(
                    name: "RestoreKeyring",
                    parameters: ["generation": String(backup.generation), "restored": String(report.restored)])
            )
        }
        try await keyring.finishWhatIsLeft()
        return report
    }

    /// Why a record must not come back: what it is of was destroyed on purpose.
    private static func refusal(_ key: String, _ manifest: KeyManifest) -> String? {
        for name in manifest.tombstones.flatMap(\.names) {
            if let parsed = TrailKeyName(name), TrailKeyRecord.documentKey(parsed) == key { return name }
        }
        for managed in manifest.keys {
            for version in managed.versions where version.state == .destroyed {
                if managedKeyDocument(managed.arn, version) == key {
                    return "version \(version.number) of \(managed.arn)"
                }
            }
        }
        for signing in manifest.signing where signing.isRetired && signingKeyDocument(signing) == key {
            return "signing key \(signing.fingerprint)"
        }
        return nil
    }
}
