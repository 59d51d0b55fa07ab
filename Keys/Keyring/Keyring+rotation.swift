import CairnDocuments
package import CairnFormat
import CairnNative
import CairnSystem

/// New versions, and the end of old ones. Each can be killed at any point and called again.
extension Keyring {
    /// How many records are read and written at once.
    private static let pageCount = 4_000

    /// Makes a new version, under which trail keys are wrapped from now on.
    package func rotate(
        _ name: String, by actor: KeyActor, isAutomatic: Bool = false
    ) async throws(KeyError) -> ManagedKey {
        for _ in 0..<100 {
            let key = try Self.key(name, try await manifest())
            try key.checkUsable()
            let number = (key.versions.last?.number ?? 0) + 1
            let version = try await makeVersion(number, of: key.arn)
            let changed: ManagedKey? = try await change(by: actor) { (manifest) throws(KeyError) in
                guard let place = manifest.keys.firstIndex(where: { $0.arn == key.arn }) else {
                    throw .unknownKey(name)
                }
                // Somebody else was quicker: what was made here stays unnamed.
                guard manifest.keys[place].versions.last?.number == number - 1 else { return (nil, nil) }
                manifest.keys[place].versions.append(version)
                manifest.trailKeyEpoch += 1
                return (
                    manifest.keys[place],
                    EventDraft(
                        name: isAutomatic ? "RotateKey" : "RotateKeyOnDemand", parameters: ["version": String(number)],
                        resources: [key.arn])
                )
            }
            if let changed { return changed }
        }
        throw .unavailable("\(name) was rotated by others too often: try again")
    }

    /// Rotates every key whose time has come.
    package func rotateDue() async throws(KeyError) -> [ManagedKey] {
        let now = time.now.milliseconds
        var rotated: [ManagedKey] = []
        for key in try await manifest().keys where key.nextRotationAt.map({ $0 <= now }) == true {
            rotated.append(
                try await rotate(
                    key.arn.description, by: KeyActor(.service, name: "automatic rotation"), isAutomatic: true))
        }
        return rotated
    }

    // MARK: Rewrap

    /// What a rewrap did.
    package struct RewrapReport: Sendable, Equatable, Codable {
        package var key: KeyARN
        /// The version that wraps everything now.
        package var version: Int
        package var rewrapped = 0
        package var alreadyThere = 0
        /// How many records are still under each older version.
        package var remaining: [Int: Int] = [:]
        package var failures: [String] = []
    }

    /// Wraps all trail key records of a key under its newest version.
    package func rewrap(
        _ name: String, by actor: KeyActor, onProgress: (RewrapReport) -> Void = { _ in }
    ) async throws(KeyError) -> RewrapReport {
        let key = try Self.key(name, try await manifest())
        try key.checkUsable()
        guard let current = key.current?.number else { throw .destroyed("every version of \(key.arn)") }
        try await change(by: actor) { (_) throws(KeyError) in
            ((), EventDraft(name: "RewrapTrailKeys", parameters: ["version": String(current)], resources: [key.arn]))
        }
        let target = try await sealingKey(of: key, current)
        let targetCipher = target.cipher
        let prefix = "\(key.arn)/"
        // Set up once for each older version, not for each record.
        var older: [Int: (key: SealingKey, cipher: AESGCM)] = [:]
        var report = RewrapReport(key: key.arn, version: current)
        for _ in 0..<100 {
            var missed = 0
            report.alreadyThere = 0
            report.failures = []
            var writes: [DocumentWrite] = []
            try await forEachTrailKey { (found) throws(KeyError) in
                let record: TrailKeyRecord
                switch found.record {
                case .failure(let error):
                    report.failures.append("\(error)")
                    return
                case .success(let found): record = found
                }
                guard let version = record.version(under: prefix) else { return }
                guard version != current else {
                    report.alreadyThere += 1
                    return
                }
                do throws(KeyError) {
                    if older[version] == nil {
                        let sealing = try await sealingKey(of: key, version)
                        older[version] = (sealing, sealing.cipher)
                    }
                    guard let old = older[version] else { return }
                    let opened = try record.open(by: old.key, cipher: old.cipher)
                    let fresh = TrailKeyRecord(
                        record.name, period: record.period, opened, by: target, cipher: targetCipher, random: random)
                    writes.append(
                        DocumentWrite(
                            found.document.key, fresh.sealed.bytes, ifRevision: found.document.revision))
                } catch { report.failures.append("\(record.name): \(error)") }
            } endOfPage: { () throws(KeyError) in
                let done = try await write(writes)
                report.rewrapped += done
                missed += writes.count - done
                writes = []
                onProgress(report)
            }
            // Records that others changed meanwhile are looked at again.
            if missed == 0 { break }
        }
        // What stood under an old version is gone from the files, too, so that destroying the version means something.
        try await purge()
        report.remaining = [:]
        for old in key.versions where old.number != current && old.state != .destroyed {
            report.remaining[old.number] = 0
        }
        try await forEachDocument(TrailKeyRecord.prefix) { document in
            if let version = SealedRecord.label(of: document.body, after: prefix).flatMap({ Int($0) }),
                version != current
            {
                report.remaining[version, default: 0] += 1
            }
        }
        return report
    }

    private func write(_ writes: [DocumentWrite]) async throws(KeyError) -> Int {
        guard !writes.isEmpty else { return 0 }
        do throws(DocumentError) { return try await documents.put(writes).count { $0 } } catch {
            throw .documents(error)
        }
    }

    /// Removes what is left of old records from the store's files. The store waits for others who use it.
    func purge() async throws(KeyError) {
        do throws(DocumentError) { try await documents.purge() } catch { throw .documents(error) }
    }

    struct FoundTrailKey {
        var document: Document
        var record: Result<TrailKeyRecord, KeyError>
    }

    /// Shows every document of a prefix, page by page.
    private func forEachDocument(_ prefix: String, _ body: (Document) -> Void) async throws(KeyError) {
        var after: DocumentKey?
        while true {
            let page = try await list(prefix, after: after, limit: Self.pageCount)
            page.forEach(body)
            guard let last = page.last, page.count == Self.pageCount else { return }
            after = last.key
        }
    }

    /// Shows every trail key record, page by page.
    func forEachTrailKey(
        prefix: String = TrailKeyRecord.prefix,
        _ body: (FoundTrailKey) async throws(KeyError) -> Void, endOfPage: () async throws(KeyError) -> Void
    ) async throws(KeyError) {
        var after: DocumentKey?
        while true {
            let page = try await list(prefix, after: after, limit: Self.pageCount)
            for document in page {
                let record: Result<TrailKeyRecord, KeyError>
                do throws(KeyError) { record = .success(try TrailKeyRecord(document)) } catch {
                    record = .failure(error)
                }
                try await body(FoundTrailKey(document: document, record: record))
            }
            try await endOfPage()
            guard let last = page.last, page.count == Self.pageCount else { return }
            after = last.key
        }
    }

    /// The trail keys that a managed key, or one version of it, wraps.
    package func trailKeys(
        under arn: KeyARN, version: Int?
    ) async throws(KeyError) -> [(name: TrailKeyName, period: String, version: Int)] {
        var found: [(name: TrailKeyName, period: String, version: Int)] = []
        let prefix = "\(arn)/"
        try await forEachTrailKey { (item) throws(KeyError) in
            if case .success(let record) = item.record, let its = record.version(under: prefix),
                version == nil || its == version
            {
                found.append((record.name, record.period, its))
            }
        } endOfPage: { () throws(KeyError) in
        }
        return found
    }

    // MARK: Rekey

    /// Begins a new trail key version at once, for every trail and account that has one, or for those that are named.
    ///
    /// - Returns: the names of the new versions.
    package func rekey(
        trail: UniqueID?, account: AccountID?, by actor: KeyActor
    ) async throws(KeyError) -> [TrailKeyName] {
        var newest: [TrailKeyRecord] = []
        try await forEachTrailKey { (item) throws(KeyError) in
            guard case .success(let record) = item.record else { return }
            guard trail == nil || record.name.trail == trail, account == nil || record.name.account == account else {
                return
            }
            // Records come in order: the last one of a trail and account is its newest.
            if let last = newest.last, last.name.trail == record.name.trail, last.name.account == record.name.account {
                newest[newest.count - 1] = record
            } else {
                newest.append(record)
            }
        } endOfPage: { () throws(KeyError) in
        }
        let manifest = try await manifest()
        var parameters: [String: String] = [:]
        if let trail { parameters["trail"] = trail.text }
        if let account { parameters["accountId"] = account.description }
        let event = EventDraft(
            name: "RekeyTrails", parameters: parameters,
            resources: Array(Set(newest.compactMap { $0.wrapping?.arn })).sorted())
        try await change(by: actor) { (_) throws(KeyError) in ((), event) }
        let now = period.name(at: time.now)
        var names: [TrailKeyName] = []
        for start in stride(from: 0, to: newest.count, by: Self.pageCount) {
            var writes: [DocumentWrite] = []
            var fresh: [TrailKeyName] = []
            for old in newest[start..<min(start + Self.pageCount, newest.count)] {
                guard let arn = old.wrapping?.arn, let key = manifest.key(arn), let current = key.current else {
                    continue
                }
                try key.checkUsable()
                let name = TrailKeyName(
                    trail: old.name.trail, account: old.name.account, version: old.name.version + 1)
                let record = TrailKeyRecord(
                    name, period: max(now, old.period), newKey(), by: try await sealingKey(of: key, current.number),
                    random: random)
                do throws(DocumentError) {
                    writes.append(
                        DocumentWrite(
                            try DocumentKey(TrailKeyRecord.documentKey(name)), record.sealed.bytes, ifRevision: nil))
                } catch { throw .documents(error) }
                fresh.append(name)
            }
            _ = try await write(writes)
            names += fresh
        }
        // Whoever holds an older one looks again.
        try await change(by: actor) { (manifest) throws(KeyError) in
            manifest.trailKeyEpoch += 1
            return ((), nil)
        }
        return names
    }

    // MARK: Retire and destroy

    /// From now on a version wraps nothing; what it wraps still opens.
    package func retire(_ name: String, version: Int, by actor: KeyActor) async throws(KeyError) {
        try await edit(name, "RetireKeyVersion", by: actor, parameters: ["version": String(version)]) {
            (key) throws(KeyError) in
            guard let place = key.versions.firstIndex(where: { $0.number == version }) else {
                throw .refused("\(key.arn) has no version \(version): see 'cairn keys describe \(key.arn.id)'")
            }
            guard key.versions[place].state != .destroyed else { throw .destroyed("version \(version) of \(key.arn)") }
            guard key.current?.number != version else {
                throw .refused(
                    "version \(version) of \(key.arn) is the one that wraps now: make a newer one first with "
                        + "'cairn keys rotate \(key.arn.id)'")
            }
            key.versions[place].state = .retired
        }
    }

    /// Destroys a version for ever. Refused while a trail key is under it, unless it is forced.
    ///
    /// It is retired first; then what is under it is counted, it is marked destroyed, and counted again: somebody may
    /// have wrapped under it before seeing that it was retired.
    package func destroy(
        _ name: String, version: Int, isForced: Bool, by actor: KeyActor
    ) async throws(KeyError) {
        let key = try Self.key(name, try await manifest())
        if key.version(version)?.state == .destroyed {
            // Marked by an attempt that was cut off.
            return try await finishDestroying(key.arn, version, isForced: isForced)
        }
        try await retire(name, version: version, by: actor)
        if !isForced {
            let needs = try await trailKeys(under: key.arn, version: version)
            guard needs.isEmpty else {
                throw .stillNeeded(
                    what: "version \(version) of \(key.arn)", by: needs.map { $0.name.description })
            }
        }
        try await edit(
            name, "DestroyKeyVersion", by: actor,
            parameters: ["version": String(version), "force": String(isForced)]
        ) { (key) throws(KeyError) in
            guard let place = key.versions.firstIndex(where: { $0.number == version }) else { return }
            key.versions[place].state = .destroyed
        }
        try await finishDestroying(key.arn, version, isForced: isForced)
    }

    private func finishDestroying(_ arn: KeyARN, _ version: Int, isForced: Bool) async throws(KeyError) {
        let needs = isForced ? [] : try await trailKeys(under: arn, version: version)
        guard needs.isEmpty else {
            try await edit(
                arn.description, "RetireKeyVersion", by: KeyActor(.service, name: "destroy"),
                parameters: ["version": String(version)]
            ) { (key) throws(KeyError) in
                guard let place = key.versions.firstIndex(where: { $0.number == version }) else { return }
                key.versions[place].state = .retired
            }
            throw .stillNeeded(what: "version \(version) of \(arn)", by: needs.map { $0.name.description })
        }
        if let record = try await manifest().key(arn)?.version(version),
            let document = try await get(Self.managedKeyDocument(arn, record))
        {
            try await remove(document)
        }
        try await purge()
    }

    /// Destroys the keys whose waiting time is over.
    ///
    /// - Returns: those that are kept because something needs them.
    package func deleteDue() async throws(KeyError) -> [ManagedKey] {
        let now = time.now.milliseconds
        var kept: [ManagedKey] = []
        for key in try await manifest().keys
        where key.state == .pendingDeletion && key.deletionAt.map({ $0 <= now }) == true {
            if !key.isDeletionForced, try await !trailKeys(under: key.arn, version: nil).isEmpty {
                kept.append(key)
                continue
            }
            try await edit(key.arn.description, "DeleteKey", by: KeyActor(.service, name: "scheduled deletion")) {
                (key) throws(KeyError) in
                key.state = .deleted
                for place in key.versions.indices { key.versions[place].state = .destroyed }
            }
            try await change(by: KeyActor(.service, name: "scheduled deletion")) { (manifest) throws(KeyError) in
                manifest.aliases = manifest.aliases.filter { $0.value != key.arn }
                return ((), nil)
            }
        }
        return kept
    }

    /// Does what a crash has left undone: records of versions that are destroyed, of trail keys that are shredded.
    package func finishWhatIsLeft() async throws(KeyError) {
        let manifest = try await manifest()
        var removed = false
        for key in manifest.keys {
            for version in key.versions where version.state == .destroyed {
                guard let document = try await get(Self.managedKeyDocument(key.arn, version)) else { continue }
                if key.state != .deleted, try await !trailKeys(under: key.arn, version: version.number).isEmpty {
                    // Whether it was forced is not known any more: the operator says so again.
                    continue
                }
                try await remove(document)
                removed = true
            }
        }
        for name in manifest.tombstones.flatMap(\.names).compactMap({ TrailKeyName($0) }) {
            guard let document = try await get(TrailKeyRecord.documentKey(name)) else { continue }
            try await remove(document)
            removed = true
        }
        if removed { try await purge() }
    }
}
