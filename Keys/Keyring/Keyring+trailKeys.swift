import CairnDocuments
import CairnFormat
package import CairnNative
import CairnSystem
import Synchronization

/// Trail keys: found, made, and put under what wraps them.
extension Keyring {
    /// A trail key by its name, if its managed key may be used.
    package func trailKey(_ name: TrailKeyName) async throws(KeyError) -> KeyMaterial {
        var seen: UInt64?
        while true {
            let manifest = try await manifest()
            if manifest.isShredded(name.description) { throw .shredded(name.description) }
            guard let document = try await get(TrailKeyRecord.documentKey(name)) else {
                throw .missingTrailKey(name.description)
            }
            do throws(KeyError) {
                let record = try TrailKeyRecord(document)
                let wrapping = try await usableWrapping(of: record, manifest)
                if let known = cache.withLock({ $0.trail[name] }) { return known }
                return keep(try record.open(by: wrapping), name)
            } catch {
                // It may have been wrapped anew, and what wrapped it destroyed, between the two looks.
                guard error.mayBeStale, seen != document.revision else { throw error }
                seen = document.revision
            }
        }
    }

    private func keep(_ key: KeyMaterial, _ name: TrailKeyName) -> KeyMaterial {
        cache.withLock { cache in
            if cache.trail.count >= Self.cacheCountMax { cache.trail = [:] }
            cache.trail[name] = key
        }
        return key
    }

    /// The sealing key of the managed key version that wraps a record, if the key may be used.
    private func usableWrapping(of record: TrailKeyRecord, _ manifest: KeyManifest) async throws(KeyError) -> SealingKey
    {
        guard let (arn, version) = record.wrapping else {
            throw .damagedRecord(key: TrailKeyRecord.documentKey(record.name), reason: "no managed key wraps it")
        }
        guard let key = manifest.key(arn) else {
            throw .damagedRecord(
                key: TrailKeyRecord.documentKey(record.name), reason: "the keyring has no managed key \(arn)")
        }
        try key.checkUsable()
        return try await sealingKey(of: key, version)
    }

    // MARK: Making

    /// The trail key that new files of a trail and account are encrypted under, made now when there is none or the
    /// period is over.
    func currentTrailKey(
        _ arn: KeyARN, _ trail: UniqueID, _ account: AccountID
    ) async throws(KeyError) -> (TrailKeyName, KeyMaterial) {
        for _ in 0..<100 {
            let (manifest, revision) = try await versionedManifest()
            guard let key = manifest.key(arn) else { throw .unknownKey("\(arn)") }
            try key.checkUsable()
            let prefix = TrailKeyRecord.prefix(trail, account)
            var newest = cache.withLock { $0.newest[prefix] }
            if newest == nil {
                newest = try await newestRecord(prefix)
                // The manifest once more: whoever destroys or shreds marks first and counts then. So this record was counted,
                // or the mark is seen here before the key is used.
                guard try await versionedManifest().revision == revision else { continue }
                keep(newest: newest, prefix, revision)
            }
            let now = period.name(at: time.now)
            // The period never goes back, whatever the clock does.
            // Those of another length of period (it was set anew) are over: what is shredded is whole periods.
            let isSameKind = newest.map { $0.period.utf8.count == now.utf8.count } ?? false
            if let newest, isSameKind, newest.period >= now, let wrapping = newest.wrapping, wrapping.arn == arn,
                key.version(wrapping.version)?.state != .destroyed, !manifest.isShredded(newest.name.description)
            {
                if let known = cache.withLock({ $0.trail[newest.name] }) { return (newest.name, known) }
                let opened = try newest.open(by: try await sealingKey(of: key, wrapping.version))
                return (newest.name, keep(opened, newest.name))
            }
            let name = TrailKeyName(
                trail: trail, account: account,
                version: manifest.nextVersion(trail, account, after: newest?.name.version))
            let period = isSameKind ? max(now, newest?.period ?? now) : now
            guard let made = try await makeTrailKey(name, period: period, under: arn) else {
                cache.withLock { $0.newest[prefix] = nil }
                continue
            }
            keep(newest: made.record, prefix, revision)
            return (name, keep(made.key, name))
        }
        throw .unavailable("the trail key of trail \(trail), account \(account) was changed by others too often")
    }

    /// Keeps the newest trail key of a trail and account for as long as the manifest is the one it was looked up under.
    private func keep(newest: TrailKeyRecord?, _ prefix: String, _ revision: UInt64) {
        cache.withLock { cache in
            guard cache.manifest?.revision == revision else { return }
            cache.newest[prefix] = newest
        }
    }

    private func newestRecord(_ prefix: String) async throws(KeyError) -> TrailKeyRecord? {
        var newest: TrailKeyRecord?
        for document in try await list(prefix, after: nil, limit: .max) { newest = try TrailKeyRecord(document) }
        return newest
    }

    /// Makes a trail key version. Nil when somebody else has made or changed it: begin again.
    ///
    /// The record is written first and the manifest read again after: whoever retires a version and then counts what is
    /// under it has counted this record, or this sees the retirement before the key is used.
    private func makeTrailKey(
        _ name: TrailKeyName, period: String, under arn: KeyARN
    ) async throws(KeyError) -> (key: KeyMaterial, record: TrailKeyRecord)? {
        let before = try await manifest()
        guard let key = before.key(arn) else { throw .unknownKey("\(arn)") }
        guard let version = key.current else { throw .destroyed("\(arn)") }
        let made = newKey()
        let wrapping: SealingKey
        do throws(KeyError) { wrapping = try await sealingKey(of: key, version.number) } catch .destroyed { return nil }
        let record = TrailKeyRecord(name, period: period, made, by: wrapping, random: random)
        let documentKey = TrailKeyRecord.documentKey(name)
        do throws(DocumentError) {
            _ = try await documents.put(try DocumentKey(documentKey), record.sealed.bytes, ifRevision: nil)
        } catch .conflict {
            return nil
        } catch { throw .documents(error) }
        guard let settled = try await settle(record, made) else { return nil }
        return (made, settled)
    }

    /// Sees to it that a record that was just written stands under a version that is in force. Nil when others have
    /// changed it meanwhile, or shredded it.
    ///
    /// The record stays, and its key: another process may have found it and used it already.
    func settle(_ written: TrailKeyRecord, _ key: KeyMaterial) async throws(KeyError) -> TrailKeyRecord? {
        var record = written
        for _ in 0..<100 {
            let manifest = try await manifest()
            guard !manifest.isShredded(record.name.description), let (arn, version) = record.wrapping,
                let managed = manifest.key(arn)
            else { return nil }
            if managed.version(version)?.state == .active { return record }
            guard let current = managed.current,
                let document = try await get(TrailKeyRecord.documentKey(record.name)),
                document.body == record.sealed.bytes
            else { return nil }
            let wrapping: SealingKey
            do throws(KeyError) { wrapping = try await sealingKey(of: managed, current.number) } catch .destroyed {
                continue
            }
            let fresh = TrailKeyRecord(record.name, period: record.period, key, by: wrapping, random: random)
            let change = DocumentWrite(document.key, fresh.sealed.bytes, ifRevision: document.revision)
            guard try await write([change]) == 1 else { return nil }
            record = fresh
        }
        throw .unavailable("the versions of \(record.sealed.label) were changed by others too often: try again")
    }
}
