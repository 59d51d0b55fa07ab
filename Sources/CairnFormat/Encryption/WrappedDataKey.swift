package import CairnNative

/// A file's data key as one of the keys that may open it wraps it.
///
/// Two kinds are made and read: raw AES-256-GCM under a key of a namespace and a name, and what a KMS made
/// (`aws-kms`: the info is the key's ARN, the ciphertext whatever the KMS answered).
package struct WrappedDataKey: Sendable, Equatable, CustomStringConvertible {
    package static let kmsProvider = "aws-kms"

    package let provider: String
    package let info: [UInt8]
    package let ciphertext: [UInt8]

    package init(provider: String, info: [UInt8], ciphertext: [UInt8]) {
        self.provider = provider
        self.info = info
        self.ciphertext = ciphertext
    }

    /// What a KMS made of the data key.
    package init(kmsKey arn: String, ciphertext: [UInt8]) {
        self.init(provider: Self.kmsProvider, info: Array(arn.utf8), ciphertext: ciphertext)
    }

    /// Wraps a data key under a raw AES key.
    ///
    /// - Parameter nonce: 12 random bytes.
    package init(
        _ dataKey: borrowing Secret, under key: AESGCM, namespace: String, name: String, nonce: [UInt8],
        context: EncryptionContext
    ) {
        self.init(
            provider: namespace,
            info: Array(name.utf8) + Self.lengths + nonce,
            ciphertext: key.seal(dataKey, nonce: nonce, aad: context.bytes))
    }

    /// Tag length in bits, nonce length in bytes.
    private static let lengths: [UInt8] = [0, 0, 0, 128, 0, 0, 0, 12]

    /// The name of the raw AES key of `namespace` that wraps it; nil when it is no such wrap.
    package func rawName(namespace: String) -> String? {
        let nameCount = info.count - 20
        guard provider == namespace, nameCount > 0, info.equals(Self.lengths, in: nameCount..<nameCount + 8),
            ciphertext.count == EncryptedHeader.dataKeyByteCount + AESGCM.tagByteCount
        else { return nil }
        return String(validating: info[..<nameCount], as: UTF8.self)
    }

    /// Opens a raw AES wrap.
    package func open(under key: AESGCM, context: EncryptionContext) throws(AESGCM.NotAuthentic) -> Secret {
        guard info.count > 20 else { throw AESGCM.NotAuthentic() }
        return try key.openSecret(ciphertext, nonce: Array(info.suffix(12)), aad: context.bytes)
    }

    /// What opens it, for people.
    package var description: String {
        if let name = rawName(namespace: provider) { return "\(provider) \(name)" }
        return "\(provider) \(String(validating: info, as: UTF8.self) ?? "?")"
    }
}
