import CairnNative

/// A key that seals records: what encrypts is derived from it, and so is a commitment that stands before each record, so
/// that no record opens under two keys.
final class SealingKey: Sendable {
    /// Names it in the records that it sealed: `root/<id>`, `<ARN>/<version>`, `backup`.
    let label: String
    let commitment: [UInt8]
    private let content: KeyMaterial
    let material: KeyMaterial

    /// - Parameter key: 32 bytes.
    init(label: String, _ key: KeyMaterial) {
        self.label = label
        material = key
        let commitment = HKDF.derive(
            .sha512, key: key.secret, salt: [], info: Array("cairn commitment".utf8),
            count: SealedRecord.commitmentCount)
        self.commitment = commitment.withKeyBytes { bytes in bytes.indices.map { bytes[$0] } }
        content = KeyMaterial(
            HKDF.derive(
                .sha512, key: key.secret, salt: [], info: Array("cairn seal".utf8), count: AESGCM.keyByteCount))
    }

    /// A cipher for one task.
    var cipher: AESGCM { AESGCM(content) }
}
