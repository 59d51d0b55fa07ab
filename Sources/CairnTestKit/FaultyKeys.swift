package import CairnFormat
package import CairnKeys
package import CairnNative
package import CairnSystem
import Synchronization

/// A key service in memory, which can be told to fail. One trail key for all, so nothing of it is a secret.
package final class FaultyKeys: KeyService {
    private let random: any RandomSource
    private let failure = Mutex<KeyError?>(nil)
    /// The newest version of trail keys; those before it were shredded.
    private let version = Mutex(1)
    private let key = KeyMaterial(Secret(Array("the trail key that tests share..".utf8).span))

    package init(random: any RandomSource) { self.random = random }

    /// From now on every call fails with this; nil: none does.
    package func fail(_ error: KeyError?) { failure.withLock { $0 = error } }

    /// The trail keys that there are open nothing any more, and new ones are used.
    package func shred() { version.withLock { $0 += 1 } }

    /// What is in an encrypted file, whether the service is told to fail or not.
    package func content(of file: [UInt8]) throws -> [UInt8] {
        let header = try EncryptedHeader.parse(file).header
        guard let wrap = header.dataKeys.first else { throw EncryptedFileProblem.noKey(wraps: []) }
        let dataKey = try wrap.open(under: AESGCM(key), context: header.context)
        return try EncryptedFileReader.read(file, dataKey: dataKey, limit: file.count)
    }

    private func check() throws(KeyError) {
        if let error = failure.withLock({ $0 }) { throw error }
    }

    package func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey {
        try check()
        let secret = Secret(count: EncryptedHeader.dataKeyByteCount) { (bytes: inout MutableSpan<UInt8>) in
            random.fill(&bytes)
        }
        let name = TrailKeyName(trail: use.trail, account: use.account, version: version.withLock { $0 })
        let wrap = WrappedDataKey(
            secret, under: AESGCM(key), namespace: TrailKeyName.namespace, name: name.description,
            nonce: random.bytes(AESGCM.nonceByteCount), context: use.context)
        return DataKey(secret, wraps: [wrap], version: name.description)
    }

    package func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret {
        try check()
        guard let name = wrap.rawName(namespace: TrailKeyName.namespace).flatMap({ TrailKeyName($0) }) else {
            throw .unknownKey("\(wrap)")
        }
        if name.version < version.withLock({ $0 }) { throw .shredded(name.description) }
        do throws(AESGCM.NotAuthentic) { return try wrap.open(under: AESGCM(key), context: context) } catch {
            throw .damagedRecord(key: "\(wrap)", reason: "it does not open")
        }
    }
}
