import CairnDocuments
import CairnFormat
import CairnNative
import CairnSystem

/// Versions and keys that are retired and destroyed, and what still needs them.
extension Keyring {
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
            let needs = try await needs(of: key.arn, version: version)
            guard needs.isEmpty else { throw .stillNeeded(what: "version \(version) of \(key.arn)", by: needs) }
        }
        try await edit(
            name, "DestroyKeyVersion", by: actor,
            parameters: ["version": String(version), "force": String(isForced)]
        ) { (key) throws(KeyError) in
            guard let place = key.versions.firstIndex(where: { $0.number == version }) else { return }
            guard isForced || key.rewrapTargets?.contains(version) != true else {
                throw .stillNeeded(
                    what: "version \(version) of \(key.arn)",
                    by: [
                        "a rewrap to it that is under way or was cut off ('cairn keys rewrap \(key.arn.id)' finishes it)"
                    ])
            }
            key.versions[place].state = .destroyed
        }
        try await finishDestroying(key.arn, version, isForced: isForced)
    }

    private func finishDestroying(_ arn: KeyARN, _ version: Int, isForced: Bool) async throws(KeyError) {
        let needs = isForced ? [] : try await needs(of: arn, version: version)
        var document: Document?
        if let record = try await manifest().key(arn)?.version(version) {
            document = try await get(Self.managedKeyDocument(arn, record))
        }
        guard needs.isEmpty else {
            // Back from the mark; but not what is gone already, by force.
            if document != nil {
                try await edit(
                    arn.description, "RetireKeyVersion", by: KeyActor(.service, name: "destroy"),
                    parameters: ["version": String(version)]
                ) { (key) throws(KeyError) in
                    guard let place = key.versions.firstIndex(where: { $0.number == version }) else { return }
                    key.versions[place].state = .retired
                }
            }
            throw .stillNeeded(what: "version \(version) of \(arn)", by: needs)
        }
        if let document { try await remove(document) }
        try await purge()
    }

    /// What needs a key, or one version of it. What a record says is believed only if it opens; one that does not, and so
    /// may need any key, is named too.
    func needs(of arn: KeyARN, version: Int?) async throws(KeyError) -> [String] {
        let manifest = try await manifest()
        var needs: [String] = []
        try await forEachTrailKey { (item) throws(KeyError) in
            do throws(KeyError) {
                let record = try item.record.get()
                guard let wrapping = record.wrapping, let key = manifest.key(wrapping.arn) else {
                    throw .damagedRecord(key: item.document.key.description, reason: "no managed key wraps it")
                }
                if wrapping.arn == arn, version == nil || wrapping.version == version {
                    return needs.append(record.name.description)
                }
                guard key.version(wrapping.version)?.state != .destroyed else { return }
                _ = try record.open(by: try await sealingKey(of: key, wrapping.version))
            } catch {
                switch error {
                case .damagedRecord: needs.append("\(item.document.key) (it does not open)")
                case .destroyed: return
                default: throw error
                }
            }
        } endOfPage: { () throws(KeyError) in
        }
        return needs
    }

    /// Destroys the keys whose waiting time is over.
    ///
    /// - Returns: those that are kept because something needs them.
    package func deleteDue() async throws(KeyError) -> [ManagedKey] {
        let now = time.now.milliseconds
        var kept: [ManagedKey] = []
        for key in try await manifest().keys
        where key.state == .pendingDeletion && key.deletionAt.map({ $0 <= now }) == true {
            if !key.isDeletionForced, try await !needs(of: key.arn, version: nil).isEmpty {
                kept.append(key)
                continue
            }
            try await change(by: KeyActor(.service, name: "scheduled deletion")) { (manifest) throws(KeyError) in
                // It may have been cancelled, or scheduled anew, since it was looked at.
                guard let place = manifest.keys.firstIndex(where: { $0.arn == key.arn }),
                    manifest.keys[place].state == .pendingDeletion, manifest.keys[place].deletionAt == key.deletionAt,
                    manifest.keys[place].isDeletionForced == key.isDeletionForced
                else { return ((), nil) }
                manifest.keys[place].state = .deleted
                for version in manifest.keys[place].versions.indices {
                    manifest.keys[place].versions[version].state = .destroyed
                }
                manifest.aliases = manifest.aliases.filter { $0.value != key.arn }
                manifest.trailKeyEpoch += 1
                return ((), EventDraft(name: "DeleteKey", resources: [key.arn]))
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
                if key.state != .deleted, try await !needs(of: key.arn, version: version.number).isEmpty {
                    // Whether it was forced is not known any more: the operator says so again.
                    continue
                }
                try await remove(document)
                removed = true
            }
        }
        for name in manifest.tombstones.flatMap(\.names).compactMap({ TrailKeyName($0) }) {
            if try await removeTrailKey(name) { removed = true }
        }
        if removed { try await purge() }
    }
}
