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
            // Two processes keep one schedule: one of them rotates.
            if isAutomatic, !isRotationDue(key) { return key }
            let number = (key.versions.last?.number ?? 0) + 1
            let version = try await makeVersion(number, of: key.arn)
            let changed: ManagedKey? = try await change(by: actor) { (manifest) throws(KeyError) in
                guard let place = manifest.keys.firstIndex(where: { $0.arn == key.arn }) else {
                    throw .unknownKey(name)
                }
                try manifest.keys[place].checkUsable()
                // Somebody else was quicker.
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
            // Nothing names what was made here.
            if let document = try await get(Self.managedKeyDocument(key.arn, version)) { try await remove(document) }
        }
        throw .unavailable("\(name) was rotated by others too often: try again")
    }

    private func isRotationDue(_ key: ManagedKey) -> Bool {
        let now = time.now.milliseconds
        return key.nextRotationAt.map { $0 <= now } == true
    }

    /// Rotates every key whose time has come.
    package func rotateDue() async throws(KeyError) -> [ManagedKey] {
        var rotated: [ManagedKey] = []
        for key in try await manifest().keys where isRotationDue(key) {
            let after = try await rotate(
                key.arn.description, by: KeyActor(.service, name: "automatic rotation"), isAutomatic: true)
            if after.versions.count > key.versions.count { rotated.append(after) }
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
    ///
    /// The version is noted in the manifest first and forgotten when every record has been seen, so that nobody destroys
    /// it while records move to it. One that was cut off is forgotten by the next: after a whole pass no write of an
    /// earlier one finds the revision that it expects.
    package func rewrap(
        _ name: String, by actor: KeyActor, onProgress: (RewrapReport) -> Void = { _ in }
    ) async throws(KeyError) -> RewrapReport {
        let (key, current) = try await change(by: actor) { (manifest) throws(KeyError) in
            let arn = try Self.key(name, manifest).arn
            guard let place = manifest.keys.firstIndex(where: { $0.arn == arn }) else { throw .unknownKey(name) }
            try manifest.keys[place].checkUsable()
            guard let current = manifest.keys[place].current?.number else {
                throw .destroyed("every version of \(arn)")
            }
            let targets = manifest.keys[place].rewrapTargets ?? []
            if !targets.contains(current) { manifest.keys[place].rewrapTargets = targets + [current] }
            return (
                (manifest.keys[place], current),
                EventDraft(name: "RewrapTrailKeys", parameters: ["version": String(current)], resources: [arn])
            )
        }
        let target = try await sealingKey(of: key, current)
        let targetCipher = target.cipher
        let prefix = "\(key.arn)/"
        // Set up once for each older version, not for each record.
        var older: [Int: (key: SealingKey, cipher: AESGCM)] = [:]
        var report = RewrapReport(key: key.arn, version: current)
        var hasSeenAll = false
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
                // A newer one: it was rotated meanwhile.
                guard version < current else {
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
                } catch {
                    switch error {
                    case .documents, .unavailable: throw error
                    default: report.failures.append("\(record.name): \(error)")
                    }
                }
            } endOfPage: { () throws(KeyError) in
                let done = try await write(writes)
                report.rewrapped += done
                missed += writes.count - done
                writes = []
                onProgress(report)
            }
            // Records that others changed meanwhile are looked at again.
            hasSeenAll = missed == 0
            if hasSeenAll { break }
        }
        if hasSeenAll { try await forgetRewraps(of: key.arn, upTo: current, by: actor) }
        // What stood under an old version is gone from the files, too, so that destroying the version means something.
        try await purge()
        report.remaining = [:]
        for old in key.versions where old.number < current && old.state != .destroyed {
            report.remaining[old.number] = 0
        }
        try await forEachDocument(TrailKeyRecord.prefix) { document in
            if let version = SealedRecord.label(of: document.body, after: prefix).flatMap({ Int($0) }),
                version < current
            {
                report.remaining[version, default: 0] += 1
            }
        }
        return report
    }

    private func forgetRewraps(of arn: KeyARN, upTo version: Int, by actor: KeyActor) async throws(KeyError) {
        try await change(by: actor) { (manifest) throws(KeyError) in
            if let place = manifest.keys.firstIndex(where: { $0.arn == arn }) {
                let left = (manifest.keys[place].rewrapTargets ?? []).filter { $0 > version }
                manifest.keys[place].rewrapTargets = left.isEmpty ? nil : left
            }
            return ((), nil)
        }
    }

    /// - Returns: how many were done.
    func write(_ writes: [DocumentWrite]) async throws(KeyError) -> Int {
        guard !writes.isEmpty else { return 0 }
        do throws(DocumentError) { return try await documents.put(writes).count { $0 != nil } } catch {
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

    /// Shows the trail key records of a trail and an account, nil being all; one that cannot be read ends it.
    func forEachTrailKey(
        of trail: UniqueID?, _ account: AccountID?, _ body: (TrailKeyRecord) async throws(KeyError) -> Void
    ) async throws(KeyError) {
        var prefix = TrailKeyRecord.prefix
        if let trail { prefix = account.map { TrailKeyRecord.prefix(trail, $0) } ?? "\(prefix)\(trail)/" }
        try await forEachTrailKey(prefix: prefix) { (item) throws(KeyError) in
            if let account, !item.document.key.description.contains("/\(account)/") { return }
            try await body(try item.record.get())
        } endOfPage: { () throws(KeyError) in
        }
    }

    /// Removes a trail key's record, also when others change it meanwhile.
    ///
    /// - Returns: whether there was one.
    func removeTrailKey(_ name: TrailKeyName) async throws(KeyError) -> Bool {
        for attempt in 0..<100 {
            guard let document = try await get(TrailKeyRecord.documentKey(name)) else { return attempt > 0 }
            try await remove(document)
        }
        throw .unavailable("the record of \(name) was changed by others too often: try again")
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
        try await forEachTrailKey(of: trail, account) { (record) throws(KeyError) in
            // Records come in order: the last one of a trail and account is its newest.
            if let last = newest.last, last.name.trail == record.name.trail, last.name.account == record.name.account {
                newest[newest.count - 1] = record
            } else {
                newest.append(record)
            }
        }
        let manifest = try await manifest()
        newest = newest.filter { record in
            guard let arn = record.wrapping?.arn, let key = manifest.key(arn) else { return false }
            return key.current != nil
        }
        for arn in Set(newest.compactMap { $0.wrapping?.arn }) { try manifest.key(arn)?.checkUsable() }
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
            var fresh: [(record: TrailKeyRecord, key: KeyMaterial)] = []
            for old in newest[start..<min(start + Self.pageCount, newest.count)] {
                guard let arn = old.wrapping?.arn, let key = manifest.key(arn), let current = key.current else {
                    continue
                }
                let name = TrailKeyName(
                    trail: old.name.trail, account: old.name.account,
                    version: manifest.nextVersion(old.name.trail, old.name.account, after: old.name.version))
                let made = newKey()
                let record = TrailKeyRecord(
                    name, period: max(now, old.period), made, by: try await sealingKey(of: key, current.number),
                    random: random)
                do throws(DocumentError) {
                    writes.append(
                        DocumentWrite(
                            try DocumentKey(TrailKeyRecord.documentKey(name)), record.sealed.bytes, ifRevision: nil))
                } catch { throw .documents(error) }
                fresh.append((record, made))
            }
            _ = try await write(writes)
            // As for every new trail key: whoever retired the version meanwhile has counted these, or it is seen here.
            let after = try await self.manifest()
            for (record, made) in fresh {
                if let (arn, version) = record.wrapping, after.key(arn)?.version(version)?.state != .active {
                    _ = try await settle(record, made)
                }
                names.append(record.name)
            }
        }
        // Whoever holds an older one looks again.
        try await change(by: actor) { (manifest) throws(KeyError) in
            manifest.trailKeyEpoch += 1
            return ((), nil)
        }
        return names
    }
}
