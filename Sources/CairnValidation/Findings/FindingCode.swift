/// What a validator can find. Each code is explained in `docs/VALIDATION.md`: what it proves, what it cannot, what to do.
package enum FindingCode: String, Sendable, CaseIterable {
    /// Whom a finding speaks against, and so what the run ends with.
    package enum Class: String, Sendable {
        case altered, missing, unexpected
        /// It may not be read: the run could not finish.
        case unreadable
        /// It may work the next time: the run could not finish.
        case transient

        /// Whether it is evidence that the archive does not hold.
        package var isEvidence: Bool { self == .altered || self == .missing || self == .unexpected }
    }

    case digestMissing = "digest.missing"
    case digestTailMissing = "digest.tail-missing"
    case digestGzip = "digest.gzip"
    case digestFormat = "digest.format"
    case digestSignature = "digest.signature"
    case digestSignatureMissing = "digest.signature-missing"
    case digestMetadata = "digest.metadata"
    case digestAlgorithm = "digest.algorithm"
    case digestMoved = "digest.moved"
    case digestUnsigned = "digest.unsigned"
    case digestStored = "digest.stored"
    case digestDuplicate = "digest.duplicate"
    case digestTooLarge = "digest.too-large"

    case linkHash = "link.hash"
    case linkSignature = "link.signature"
    case linkTime = "link.time"
    case linkForeign = "link.foreign"
    case linkNull = "link.null"
    case linkFork = "link.fork"
    case linkOrder = "link.order"

    case chainPrevious = "chain.previous"
    case chainNumber = "chain.number"
    case chainSignedAt = "chain.signed-at"
    case chainSequences = "chain.sequences"
    case chainInterval = "chain.interval"

    case laneMissing = "lane.missing"
    case laneBehind = "lane.behind"
    case archiveEmpty = "archive.empty"

    case keyUnknown = "key.unknown"
    case keyWindow = "key.window"
    case keyFingerprint = "key.fingerprint"
    case keyFormat = "key.format"
    case keyDuplicate = "key.duplicate"
    case keyVoucher = "key.voucher"
    case keyUnpinned = "key.unpinned"
    case keyPin = "key.pin"

    case logMissing = "log.missing"
    case logAltered = "log.altered"
    case logStored = "log.stored"
    case logGzip = "log.gzip"
    case logFormat = "log.format"
    case logForeignRecord = "log.foreign-record"
    case logUnlisted = "log.unlisted"
    case logRepeated = "log.repeated"
    case logForeign = "log.foreign"
    case logLost = "log.lost"
    case logCount = "log.count"
    case logContext = "log.context"
    case logDecrypt = "log.decrypt"

    case objectIrregular = "object.irregular"
    case objectName = "object.name"
    case objectUnexpected = "object.unexpected"
    case objectUnreadable = "object.unreadable"
    case objectTransient = "object.transient"
    case objectChanged = "object.changed"

    case tarRepeated = "tar.repeated"
    case tarIrregular = "tar.irregular"
    case tarName = "tar.name"
    case tarDamaged = "tar.damaged"

    case stateRewritten = "state.rewritten"
    case trailMismatch = "trail.mismatch"
    case backfillTime = "backfill.time"
    case backfillOverlap = "backfill.overlap"

    case resultsSignature = "results.signature"
    case resultsAltered = "results.altered"
    case resultsMissing = "results.missing"
    case resultsFormat = "results.format"

    package var kind: Class {
        switch self {
        case .digestMissing, .digestTailMissing, .digestUnsigned, .laneMissing, .laneBehind, .archiveEmpty, .logMissing,
            .logLost, .resultsMissing:
            .missing
        case .digestDuplicate, .linkFork, .linkNull, .keyUnknown, .keyUnpinned, .keyDuplicate, .keyPin, .logUnlisted,
            .logRepeated, .logForeign, .logForeignRecord, .objectIrregular, .objectName, .objectUnexpected,
            .tarRepeated, .tarIrregular, .tarName, .trailMismatch, .backfillOverlap:
            .unexpected
        case .objectUnreadable, .logDecrypt: .unreadable
        case .objectTransient: .transient
        default: .altered
        }
    }
}
