import CairnFormat
import CairnNative

/// What a digest file says, apart from the log files that it lists (reference 3.4).
package struct DigestDocument: Sendable {
    /// A reference to another digest, as it stands: any part may be null.
    struct Link: Sendable, Equatable {
        var bucket: String?
        var key: String?
        var hash: String?
        var hashAlgorithm: String?
        var signature: String?

        /// Whether it is a starting digest's: nothing at all.
        var isNull: Bool { self == Link() }
    }

    /// What cairn adds.
    struct CairnPart: Sendable {
        var kind: String
        var trail: String?
        var chain: Int
        var number: Int
        var periodSeconds: Int
        var signedAt: EventTime
        var previousStored: (hash: SHA256Hash, byteCount: Int)?
        var previousChain: Named?
        /// The newest backfill digest of the lane.
        var backfill: Named?
        /// By ``lane(_:of:)``.
        var reach: [String: (epoch: Int, from: Int, until: Int)] = [:]
        var keyringGeneration: Int?
        var hasLanes = false
        var backfillTime: String?

        /// Names a lane: a folder, and the trail whose files lie there. Nil: the digest's own.
        func lane(_ folder: String, of trail: String?) -> String { "\(folder) of \(trail ?? self.trail ?? "")" }
    }

    /// A digest that another one names.
    package struct Named: Sendable, Equatable {
        var bucket: String
        var key: String
        var hash: String
        var signature: String?
        var end: EventTime?
    }

    var account: String
    var startText: String
    var endText: String
    var start: EventTime
    var end: EventTime
    var bucket: String
    var key: String
    var fingerprint: String
    var algorithm: String?
    var previous: Link
    var cairn: CairnPart?
}
