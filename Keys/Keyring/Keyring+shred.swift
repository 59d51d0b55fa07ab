import CairnDocuments
package import CairnFormat
import CairnSystem

/// Making files unreadable for ever.
extension Keyring {
    /// Destroys the trail keys of one trail, account and period. The files stay; nobody can read them.
    ///
    /// The tombstone comes first: from then on the keys are refused, restoring a backup does not bring them back, and
    /// whoever finds the records left by a crash removes them.
    ///
    /// - Parameters:
    ///   - isDryRun: only says what would be destroyed.
    ///   - settle: waits until no file under these keys is being delivered: while one is, two workers may differ about its bytes,
    ///     and neither could look at what the other has put any more.
    package func shred(
        trail: UniqueID, account: AccountID, period wanted: String, isDryRun: Bool, by actor: KeyActor,
        whenSettled settle: () async throws(KeyError) -> Void
    ) async throws(KeyError) -> KeyManifest.Tombstone {
        guard let isOver = KeyPeriod.isOver(wanted, at: time.now) else {
            throw .refused("'\(wanted)' is no period: expected a month such as 2026-10, or a day such as 2026-10-31")
        }
        guard isOver else {
            throw .refused("period \(wanted) is not over: files of it are still being written; wait until it is")
        }
        if !isDryRun { try await settle() }
        var names: [String] = []
        var wraps: Set<KeyManifest.Tombstone.Wrap> = []
        let manifest = try await manifest()
        let known = manifest.tombstones.last { ($0.trail, $0.account, $0.period) == (trail, account, wanted) }
        try await forEachTrailKey(of: trail, account) { (record) throws(KeyError) in
            guard !manifest.isShredded(record.name.description) else { return }
            // The period that a record says is believed only if it opens: otherwise another's files would go for ever.
            try await checkOpens(record, manifest)
            guard record.period == wanted else { return }
            names.append(record.name.description)
            if let (arn, version) = record.wrapping {
                // A rewrap that is under way may move it on before it is removed.
                let target = manifest.key(arn)?.rewrapTargets?.max() ?? version
                wraps.insert(KeyManifest.Tombstone.Wrap(key: arn, version: max(version, target)))
            }
        }
        if names.isEmpty {
            if let known {
                // Perhaps it was cut off.
                if !isDryRun { try await finish(known) }
                return known
            }
            throw .refused(
                "no key of trail \(trail), account \(account) was made in period \(wanted): see 'cairn keys check'")
        }
        let tombstone = KeyManifest.Tombstone(
            trail: trail, account: account, period: wanted, names: names, at: time.now.milliseconds, by: actor.name,
            root: rootID, wraps: wraps.sorted { ($0.key, $0.version) < ($1.key, $1.version) })
        if isDryRun { return tombstone }
        try await change(by: actor) { (manifest) throws(KeyError) in
            manifest.tombstones.append(tombstone)
            manifest.trailKeyEpoch += 1
            return (
                (),
                EventDraft(
                    name: "ShredTrailKeys",
                    parameters: [
                        "trail": trail.text, "accountId": account.description, "period": wanted,
                        "keys": names.joined(separator: " "),
                    ])
            )
        }
        try await finish(tombstone)
        return tombstone
    }

    private func finish(_ tombstone: KeyManifest.Tombstone) async throws(KeyError) {
        for name in tombstone.names.compactMap({ TrailKeyName($0) }) { _ = try await removeTrailKey(name) }
        try await purge()
    }

    private func checkOpens(_ record: TrailKeyRecord, _ manifest: KeyManifest) async throws(KeyError) {
        guard let (arn, version) = record.wrapping, let key = manifest.key(arn) else {
            throw .damagedRecord(key: TrailKeyRecord.documentKey(record.name), reason: "no managed key wraps it")
        }
        do throws(KeyError) {
            _ = try record.open(by: try await sealingKey(of: key, version))
        } catch .destroyed {
            // Nothing can be known of it, and nothing opens it.
            return
        }
    }

    /// Tombstones whose keys an older backup may still open: until the root of that time is destroyed, and the versions of
    /// managed keys that wrapped them.
    package func pendingTombstones() async throws(KeyError) -> [KeyManifest.Tombstone] {
        let manifest = try await manifest()
        return manifest.tombstones.filter { tombstone in
            tombstone.root == rootID
                || (tombstone.wraps ?? []).contains { wrap in
                    manifest.key(wrap.key)?.versions.contains {
                        $0.number <= wrap.version && $0.state != .destroyed
                    } ?? false
                }
        }
    }
}
