package import CairnFormat
package import CairnKeys
package import CairnNative
import CairnRemote

/// The key services of a node: its own keyring, and a KMS elsewhere for keys that are not of it.
package struct KeyServices: KeyService {
    package let keyring: Keyring
    private let remote: (any KeyService)?

    package init(keyring: Keyring, remote: (any KeyService)?) {
        self.keyring = keyring
        self.remote = remote
    }

    /// The KMS that the settings name, if they do.
    package static func remote(_ settings: NodeSettings, _ seams: Seams) throws(KeyError) -> (any KeyService)? {
        guard let endpoint = settings.kmsEndpoint else { return nil }
        return try seams.kms(endpoint)
    }

    package func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey {
        if let remote, try await keyring.manifest().key(use.key) == nil { return try await remote.dataKey(for: use) }
        return try await keyring.dataKey(for: use)
    }

    package func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret {
        guard wrap.provider == WrappedDataKey.kmsProvider else { return try await keyring.open(wrap, context: context) }
        guard let remote else {
            throw .refused("\(wrap) is a key of a KMS elsewhere, and none is configured: see --kms-endpoint")
        }
        return try await remote.open(wrap, context: context)
    }

    /// Whether a key may be used now: of the keyring, or of the KMS elsewhere.
    package func check(_ name: String) async throws(KeyError) -> KeyARN {
        if let key = try await keyring.manifest().key(name) {
            try key.checkUsable()
            return key.arn
        }
        guard let remote = remote as? RemoteKMS else { throw .unknownKey(name) }
        let found = try await remote.describe(name)
        guard found.state == "Enabled" else {
            throw .refused("\(found.arn) is \(found.state) in the KMS elsewhere")
        }
        return found.arn
    }
}
