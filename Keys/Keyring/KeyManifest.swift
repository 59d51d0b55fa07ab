package import CairnFormat
import FoundationEssentials

/// What there is in a keyring, in one sealed document: states, versions, windows. Its generation grows with each change,
/// so that an older one can be told from the newest.
package struct KeyManifest: Sendable, Equatable, Codable {
    /// The newest format this cairn knows.
    static let formatMax = 1

    /// Trail keys that were destroyed on purpose. Restoring a backup obeys it.
    package struct Tombstone: Sendable, Equatable, Codable {
        package let trail: UniqueID
        package let account: AccountID
        package let period: String
        /// The names of the keys, as files name them.
        package let names: [String]
        package let at: Int64
        package let by: String
        /// The root at that time: older backups open under it, so shredding is pending until it is destroyed.
        package let root: String
        /// The newest version of each managed key that wrapped them, or may have: older copies of their records open
        /// under it, so shredding is pending until it and those before it are destroyed.
        package let wraps: [Wrap]?

        package struct Wrap: Sendable, Hashable, Codable {
            package let key: KeyARN
            package let version: Int
        }
    }

    /// A version of the key that seals the keys of the log's segments.
    package struct LogKey: Sendable, Equatable, Codable {
        package let version: Int
        package let record: UniqueID
    }

    package var format = KeyManifest.formatMax
    package var generation: UInt64 = 0
    package var keys: [ManagedKey] = []
    /// Alias names, without `alias/`.
    package var aliases: [String: KeyARN] = [:]
    /// Versions of the log key; the last one wraps.
    package var logKeys: [LogKey] = []
    package var signing: [SigningKey] = []
    package var anchor: AnchorKey?
    package var tombstones: [Tombstone] = []
    /// Grows when keys that are in use must be looked up anew.
    package var trailKeyEpoch: UInt64 = 0
    /// Events of changes that are not in the log yet: they were written by the same swap as the change itself.
    package var events: [KeyEvent] = []

    /// How many events may wait for the door before changes are refused.
    package static let eventCountMax = 1_000

    /// The key that signs for a Region at a moment, in ms since 1970; the newest one, if windows overlap.
    package func signingKey(_ region: Region, at: Int64) -> SigningKey? {
        signing.last { $0.region == region && !$0.isRetired && $0.isValid(at: at) }
    }

    /// The key of an ARN, a key id or an alias (`alias/…`, or its ARN).
    package func key(_ name: String) -> ManagedKey? {
        if let key = keys.first(where: { $0.arn.description == name || $0.arn.id == name }) { return key }
        let alias: Substring
        if name.hasPrefix("alias/") {
            alias = name.dropFirst(6)
        } else if let arn = try? ARN(name), arn.service == "kms", arn.resource.hasPrefix("alias/") {
            alias = Substring(arn.resource.dropFirst(6))
        } else {
            return nil
        }
        guard let arn = aliases[String(alias)] else { return nil }
        return keys.first { $0.arn == arn }
    }

    /// One JSON text, the same for the same content.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let body = try? encoder.encode(self) else { preconditionFailure("a manifest can always be written") }
        return Array(body)
    }

    package func key(_ arn: KeyARN) -> ManagedKey? { keys.first { $0.arn == arn } }

    /// The number of a trail's and account's next trail key: above that of the newest one there is, and above those that
    /// were shredded, whose names stand in files for ever.
    func nextVersion(_ trail: UniqueID, _ account: AccountID, after newest: Int?) -> Int {
        let shredded = tombstones.filter { $0.trail == trail && $0.account == account }.flatMap(\.names)
            .compactMap { TrailKeyName($0)?.version }
        return max(newest ?? 0, shredded.max() ?? 0) + 1
    }

    /// Whether the trail key of that name was destroyed on purpose.
    package func isShredded(_ name: String) -> Bool { tombstones.contains { $0.names.contains(name) } }
}
