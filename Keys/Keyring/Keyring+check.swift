import CairnDocuments
package import CairnFormat
package import CairnNative
import CairnSystem

/// Looking at everything there is.
extension Keyring {
    /// What a check of the keyring found.
    package struct CheckReport: Sendable, Equatable, Codable {
        package var generation: UInt64 = 0
        package var managedKeyVersions = 0
        package var trailKeys = 0
        package var logKeys = 0
        package var signingKeys = 0
        /// Secrets of webhooks and access keys.
        package var secrets = 0
        /// What does not open, or is missing.
        package var problems: [String] = []
        /// Records that nothing names: left by a crash, or put there by somebody.
        package var unnamed: [String] = []
    }

    /// Opens every record there is, whatever the states of the keys.
    ///
    /// - Parameter named: names of trail keys that files name.
    package func check(named: Set<String>) async throws(KeyError) -> CheckReport {
        let manifest = try await manifest()
        var report = CheckReport()
        report.generation = manifest.generation
        var expected: Set<String> = [Self.manifestKey, RootDocument.documentKey]
        for key in manifest.keys {
            for version in key.versions where version.state != .destroyed {
                let document = Self.managedKeyDocument(key.arn, version)
                expected.insert(document)
                report.managedKeyVersions += 1
                await note(&report) { () throws(KeyError) in
                    _ = try await openRootRecord(
                        document, .managedKey, Self.managedKeySubject(key.arn, version))
                }
            }
        }
        for version in manifest.logKeys {
            expected.insert(Self.logKeyDocument(version))
            report.logKeys += 1
            await note(&report) { () throws(KeyError) in
                _ = try await openRootRecord(
                    Self.logKeyDocument(version), .logKey, Self.logKeySubject(version))
            }
        }
        for key in manifest.signing where !key.isRetired {
            expected.insert(Self.signingKeyDocument(key))
            report.signingKeys += 1
            await note(&report) { () throws(KeyError) in _ = try await privateKey(of: key) }
        }
        if let anchor = manifest.anchor {
            expected.insert(Self.anchorDocument(anchor))
            // Nil where it is kept elsewhere.
            await note(&report) { () throws(KeyError) in _ = try await anchorKey() }
        }
        var found: Set<String> = []
        var problems: [String] = []
        var count = 0
        try await forEachTrailKey { (item) throws(KeyError) in
            do throws(KeyError) {
                let record = try item.record.get()
                guard let wrapping = record.wrapping, let key = manifest.key(wrapping.arn) else {
                    throw .damagedRecord(key: item.document.key.description, reason: "no managed key wraps it")
                }
                if manifest.isShredded(record.name.description) {
                    return problems.append(
                        "\(item.document.key): it was shredded, but the record is still there: a door that runs removes it, or "
                            + "'cairn keys shred' called again")
                }
                _ = try record.open(by: try await sealingKey(of: key, wrapping.version))
                found.insert(record.name.description)
                count += 1
            } catch { problems.append("\(item.document.key): \(error)") }
        } endOfPage: { () throws(KeyError) in
        }
        report.trailKeys = count
        report.problems += problems
        for name in named.subtracting(found).sorted() {
            report.problems.append(
                manifest.isShredded(name)
                    ? "files name \(name), which was shredded"
                    : "files name \(name), of which there is no usable record")
        }
        for document in try await list("keys/", after: nil, limit: .max) {
            let key = document.key.description
            if key.hasPrefix(Self.secretPrefix) {
                report.secrets += 1
                await note(&report) { () throws(KeyError) in
                    _ = try await secret(String(key.dropFirst(Self.secretPrefix.count)))
                }
            } else if !expected.contains(key), !key.hasPrefix(TrailKeyRecord.prefix) {
                report.unnamed.append(key)
            }
        }
        return report
    }

    private func note(_ report: inout CheckReport, _ body: () async throws(KeyError) -> Void) async {
        do throws(KeyError) { try await body() } catch { report.problems.append("\(error)") }
    }

    /// A trail key, in clear, for other tools. Recorded before it is given out.
    package func exportTrailKeys(
        trail: UniqueID?, account: AccountID?, by actor: KeyActor
    ) async throws(KeyError) -> [(name: TrailKeyName, key: KeyMaterial)] {
        var names: [TrailKeyName] = []
        let manifest = try await manifest()
        try await forEachTrailKey(of: trail, account) { (record) throws(KeyError) in
            if !manifest.isShredded(record.name.description) { names.append(record.name) }
        }
        var parameters = ["count": String(names.count)]
        if let trail { parameters["trail"] = trail.text }
        if let account { parameters["accountId"] = account.description }
        try await record("ExportTrailKeys", by: actor, parameters: parameters)
        var keys: [(name: TrailKeyName, key: KeyMaterial)] = []
        for name in names { keys.append((name, try await trailKey(name))) }
        return keys
    }
}
