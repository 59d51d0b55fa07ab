import CairnFormat
import CairnNative

/// Hashes of what events are looked up by. Values come again and again, so those of late are remembered. Not for use by two tasks
/// at once.
final class ValueHashes {
    static let byteCount = 12
    /// The most values that are remembered.
    private static let knownCountMax = 50_000

    private let hash: KeyedHash
    private var known: [[UInt8]: [UInt8]] = [:]
    private var text: [UInt8] = []

    init(_ key: KeyMaterial) { hash = KeyedHash(key) }

    /// The hash of a value, as it stands for one account in one Region; without an attribute, of these alone.
    func hash(_ account: AccountID, _ region: Region, _ attribute: LookupAttribute?, _ value: String) -> [UInt8] {
        text.removeAll(keepingCapacity: true)
        account.append(to: &text)
        text.append(contentsOf: region.name.utf8)
        text.append(0)
        text.append(contentsOf: (attribute?.rawValue ?? "").utf8)
        text.append(0)
        text.append(contentsOf: value.utf8)
        if attribute != .eventID, let known = known[text] { return known }
        let made = hash.hash(text, byteCount: Self.byteCount)
        // Ids of events come once.
        if attribute != .eventID {
            if known.count >= Self.knownCountMax { known = [:] }
            known[text] = made
        }
        return made
    }

    /// All hashes of an event.
    func hashes(_ account: AccountID, _ region: Region, _ lookup: EventLookup) -> [[UInt8]] {
        [hash(account, region, nil, "")] + lookup.attributes.map { hash(account, region, $0.attribute, $0.value) }
    }
}
