package import CairnDocuments
import CairnNative
package import CairnSystem

/// Changing the root key. To be done while nothing else uses the data directory.
extension Keyring {
    /// Seals everything under a new root key, and makes the old one useless.
    ///
    /// First each root is written down sealed under the other, so that whoever has one can go on from wherever a crash
    /// stops this; then every record is sealed anew; then `replace` puts the new root where it will be looked for; last
    /// the old root is forgotten. Called again, it goes on with the change that is under way.
    ///
    /// - Parameters:
    ///   - root: how the node gets its root at present.
    ///   - new: where the new root comes from; for a file, one that is not there yet.
    ///   - replace: makes the new root the one that `root` names, if that can be done here.
    /// - Returns: the id of the new root.
    package static func reroot(
        documents: any DocumentStore, time: any TimeSource, random: any RandomSource, root: RootSource,
        new: RootSource, by actor: KeyActor, kms: (any KeyService)? = nil, environment: (String) -> String?,
        replace: () throws(KeyError) -> Void
    ) async throws(KeyError) -> String {
        guard var (document, revision) = try await RootDocument.read(documents) else { throw .noKeyring }
        let present: KeyMaterial
        do throws(KeyError) { present = try await root.read(document, kms: kms, environment: environment) } catch {
            // The new root may be in its place already, under the way to get it.
            guard document.roots.count == 2 else { throw error }
            present = try await new.read(document, kms: kms, environment: environment)
        }
        if document.roots.count == 1 {
            _ = try RootKeys(present, document)
            let made = try await new.make(
                at: time.now.milliseconds, random: random, kms: kms, environment: environment)
            guard made.root.id != document.roots[0].id else { throw .refused("the new root key is the present one") }
            document.bridges = [
                RootKeys.bridge(of: made.key, by: present, random: random),
                RootKeys.bridge(of: present, by: made.key, random: random),
            ]
            document.roots.append(made.root)
            try await document.write(documents, ifRevision: revision)
            guard let again = try await RootDocument.read(documents) else { throw .noKeyring }
            (document, revision) = again
        }
        let roots = try RootKeys(present, document)
        let keyring = Keyring(documents: documents, time: time, random: random, roots: roots, period: .month)
        try await keyring.sealAllAnew()
        let id = keyring.rootID
        try await keyring.change(by: actor) { (_) throws(KeyError) in
            ((), EventDraft(name: "ChangeRootKey", parameters: ["root": id]))
        }
        func isAtHand(_ source: RootSource) async -> Bool {
            guard let key = try? await source.read(document, kms: kms, environment: environment) else { return false }
            return RootKeys.id(of: key) == id
        }
        // The old root is not forgotten before the new one is where it will be looked for.
        var isNewAtHand = await isAtHand(new)
        if !isNewAtHand { isNewAtHand = await isAtHand(root) }
        if !isNewAtHand { try new.save(roots.primary.material, environment: environment) }
        try replace()
        isNewAtHand = await isAtHand(new)
        if !isNewAtHand { isNewAtHand = await isAtHand(root) }
        guard isNewAtHand else {
            throw .rootSource(source: "\(new)", reason: "the new root key is not there; the old one stays in force")
        }
        document.roots.removeFirst()
        document.bridges = []
        try await document.write(documents, ifRevision: revision)
        try await keyring.purge()
        return id
    }

    /// Seals every record that another root has sealed under the present one.
    private func sealAllAnew() async throws(KeyError) {
        for document in try await list("keys/", after: nil, limit: .max) {
            let key = document.key.description
            guard key != RootDocument.documentKey, !key.hasPrefix(TrailKeyRecord.prefix) else { continue }
            let fresh: SealedRecord
            do throws(SealedRecord.Problem) {
                let record = try SealedRecord(document.body)
                guard record.label != roots.primary.label else { continue }
                guard let root = roots[record.label] else { throw SealedRecord.Problem.otherKey }
                if record.kind == .manifest {
                    let content = try record.content(record.kind, record.subject, by: root)
                    fresh = SealedRecord(
                        record.kind, record.subject, content: content, by: roots.primary, random: random)
                } else {
                    fresh = SealedRecord(
                        record.kind, record.subject, try record.open(record.kind, record.subject, by: root),
                        by: roots.primary, random: random)
                }
            } catch { throw .damagedRecord(key: key, reason: error.text) }
            do throws(DocumentError) {
                _ = try await documents.put(document.key, fresh.bytes, ifRevision: document.revision)
            } catch { throw .documents(error) }
        }
    }
}
