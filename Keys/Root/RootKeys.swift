import CairnNative
import CairnSystem

/// The root keys at hand: the one that seals, and during a change of roots the other one.
struct RootKeys: Sendable {
    /// Seals what is written.
    let primary: SealingKey
    private let byLabel: [String: SealingKey]

    /// 16 hex digits that name a root key and tell nothing of it.
    static func id(of key: KeyMaterial) -> String {
        let id = HKDF.derive(.sha512, key: key.secret, salt: [], info: Array("cairn root id".utf8), count: 8)
        let text = SecretText.hex(id)
        return text.withKeyBytes { digits in String(decoding: digits.indices.map { digits[$0] }, as: UTF8.self) }
    }

    static func label(_ id: String) -> String { "root/\(id)" }

    static func sealing(_ key: KeyMaterial) -> SealingKey { SealingKey(label: label(id(of: key)), key) }

    private static func bridgeSubject(_ id: String) -> String { "root key \(id)" }

    static func bridge(of key: KeyMaterial, by other: KeyMaterial, random: any RandomSource) -> RootDocument.Bridge {
        let record = SealedRecord(
            .root, bridgeSubject(id(of: key)), key, by: sealing(other), random: random)
        return RootDocument.Bridge(of: id(of: key), by: id(of: other), record: record.bytes)
    }

    /// Alone: a keyring that is being made.
    init(_ key: KeyMaterial) {
        primary = Self.sealing(key)
        byLabel = [primary.label: primary]
    }

    /// - Throws: ``KeyError/otherRoot`` when `key` is not one of the document's.
    init(_ key: KeyMaterial, _ document: RootDocument) throws(KeyError) {
        let given = Self.id(of: key)
        guard document.roots.contains(where: { ConstantTime.equal(Array($0.id.utf8), Array(given.utf8)) }) else {
            throw .otherRoot
        }
        var keys = [given: key]
        for bridge in document.bridges where bridge.by == given {
            do throws(SealedRecord.Problem) {
                keys[bridge.of] = try SealedRecord(bridge.record).open(
                    .root, Self.bridgeSubject(bridge.of), by: Self.sealing(key))
            } catch {
                throw .damagedRecord(key: RootDocument.documentKey, reason: error.text)
            }
        }
        var byLabel: [String: SealingKey] = [:]
        for key in keys.values {
            let sealing = Self.sealing(key)
            byLabel[sealing.label] = sealing
        }
        self.byLabel = byLabel
        guard let last = document.roots.last, let primary = byLabel[Self.label(last.id)] else { throw .otherRoot }
        self.primary = primary
    }

    subscript(_ label: String) -> SealingKey? { byLabel[label] }
}
