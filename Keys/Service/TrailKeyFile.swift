package import CairnFormat
package import CairnNative

/// Trail keys that were exported with `cairn keys export-trail-keys`: opens files, and makes no new ones.
package struct TrailKeyFile: KeyService {
    /// The largest file: some 300,000 keys.
    private static let byteCountMax = 64 << 20

    private let keys: [String: KeyMaterial]

    /// Reads a file that only its owner may read.
    package init(_ path: String) throws(KeyError) {
        let text: Secret
        do throws(SecretFile.Problem) {
            text = try SecretFile.read(path, limit: Self.byteCountMax, isPrivate: true)
        } catch {
            let reason: String =
                switch error {
                case .permissions(let mode): "others may read it (mode \(mode)): 'chmod 600' it"
                case .notFound: "it does not exist"
                default: "\(error)"
                }
            throw .refused("the trail keys in \(path) are not read: \(reason)")
        }
        guard let keys = SecretText.namedKeys(text, limit: 1_000_000), !keys.isEmpty else {
            throw .refused("\(path) is no list of trail keys as 'cairn keys export-trail-keys' prints it")
        }
        self.keys = keys
    }

    package func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey {
        throw .refused("exported trail keys open files and make none")
    }

    package func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret {
        guard let name = wrap.rawName(namespace: TrailKeyName.namespace) else { throw .unknownKey("\(wrap)") }
        guard let key = keys[name] else { throw .missingTrailKey(name) }
        do throws(AESGCM.NotAuthentic) { return try wrap.open(under: AESGCM(key), context: context) } catch {
            throw .damagedRecord(key: name, reason: "the file's wrapped key does not open under it")
        }
    }
}
