import CairnFormat
import CairnNative

/// How far the series of a chain's backfill digests has come. Like a chain's head it is changed only by compare-and-swap,
/// and its intent fixes all that the next digest says.
struct BackfillHead: Sendable, Equatable, Codable {
    /// A backfill digest that is decided and not yet committed.
    struct Intent: Sendable, Equatable, Codable {
        var start: EventTime
        var end: EventTime
        var trail: UniqueID
        var bucket: BucketName
        var prefix: KeyPrefix?
        var storage: StorageRules?
        var periodSeconds: Int
        /// The key that signs.
        var fingerprint: String
        var signedAt: EventTime
        var keyring: DigestBody.KeyringMark
        var files: [DeliveredRecord.File]
    }

    let name: ChainName
    /// How many digests the series has.
    var number = 0
    var end: EventTime?
    var previous: DigestBody.Previous?
    var intent: Intent?

    init(_ name: ChainName) { self.name = name }

    mutating func commit(_ digest: DigestBody.Previous) {
        number += 1
        (end, previous, intent) = (digest.end, digest, nil)
    }
}
