package import CairnFormat
package import CairnKeys
package import CairnNative
package import CairnSystem

/// A KMS elsewhere, in memory: it answers as AWS's does, and keeps one key.
package final class SimulatedKMS: KeyService {
    private let random: any RandomSource
    private let key: KeyMaterial

    package init(random: any RandomSource) {
        self.random = random
        key = KeyMaterial(Secret(random.bytes(32).span))
    }

    package func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey {
        let secret = Secret(count: EncryptedHeader.dataKeyByteCount) { (bytes: inout MutableSpan<UInt8>) in
            random.fill(&bytes)
        }
        let nonce = random.bytes(AESGCM.nonceByteCount)
        let name = use.key.description
        let wrap = WrappedDataKey(
            kmsKey: name, ciphertext: nonce + AESGCM(key).seal(secret, nonce: nonce, aad: use.context.bytes))
        return DataKey(secret, wraps: [wrap], version: name)
    }

    package func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret {
        guard wrap.provider == WrappedDataKey.kmsProvider, wrap.ciphertext.count > AESGCM.nonceByteCount else {
            throw .unknownKey("\(wrap)")
        }
        let nonce = Array(wrap.ciphertext.prefix(AESGCM.nonceByteCount))
        do throws(AESGCM.NotAuthentic) {
            return try AESGCM(key).openSecret(
                Array(wrap.ciphertext.dropFirst(AESGCM.nonceByteCount)), nonce: nonce, aad: context.bytes)
        } catch { throw .damagedRecord(key: "\(wrap)", reason: "it does not open") }
    }
}
