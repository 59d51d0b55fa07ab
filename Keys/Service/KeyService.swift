package import CairnFormat
package import CairnNative

/// Where data keys come from. Implementations: ``Keyring`` over documents, `RemoteKMS` over a KMS's HTTP API, and the
/// faulty one in the test kit.
///
/// - ``dataKey(for:)`` gives 32 fresh random bytes, never the same twice, wrapped so that ``open(_:context:)`` gives them
///   back for as long as the managed key may be used. What it hands out is durable: a crash right after loses no key.
/// - A key that is disabled, pending deletion or unknown is refused with the error that says so, at once.
/// - Nothing waits for ever: a service that is away ends in ``KeyError/unavailable(_:)``.
package protocol KeyService: Sendable {
    /// A new data key for one file.
    func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey
    /// Opens a wrapped data key; ``KeyError/unknownKey(_:)`` when it was made elsewhere.
    func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret
}
