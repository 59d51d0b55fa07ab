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
    /// - Parameter isDryRun: only says what would be destroyed.
    package func shred(
        trail: UniqueID, account: AccountID, period wanted: String, isDryRun: Bool, by actor: KeyActor
    ) async throws(KeyError) -> KeyManifest.Tombstone {
        guard let isOver = KeyPeriod.isOver(wanted, at: time.now) else {
            throw .refused("'\(wanted)' is no period: expected a month such as 2026-10, or a day such as 2026-10-31")
        }
        guard isOver else {
            throw .refused("period \(wanted) is not over: files of it are still being written; wait until it is")
        }
        var names: [String] = []
        var documents: [Document] = []
        try await forEachTrailKey(prefix: TrailKeyRecord.prefix(trail, account)) { (item) throws(KeyError) in
            let record = try item.record.get()
            guard record.period == wanted else { return }
            names.append(record.name.description)
            documents.append(item.document)
        } endOfPage: { () throws(KeyError) in
        }
        if names.isEmpty {
            let known = try await manifest().tombstones.last {
                ($0.trail, $0.account, $0.period) == (trail, account, wanted)
            }
            if let known { return known }
            throw .refused(
                "no key of trail \(trail), account \(account) was made in period \(wanted): see 'cairn keys check'")
        }
        let tombstone = KeyManifest.Tombstone(
            trail: trail, account: account, period: wanted, names: names, at: time.now.milliseconds, by: actor.name,
            root: rootID)
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
        for document in documents { try await remove(document) }
        try await purge()
        return tombstone
    }

    /// Tombstones whose keys an older backup may still open: until the root of that time is destroyed.
    package func pendingTombstones() async throws(KeyError) -> [KeyManifest.Tombstone] {
        try await manifest().tombstones.filter { $0.root == rootID }
    }
}
