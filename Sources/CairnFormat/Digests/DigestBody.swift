package import CairnNative

/// What a digest file says (reference 3.4), and what cairn adds to it in objects named `cairn`, which other tools pass over.
package struct DigestBody: Sendable {
    /// The digest before this one in its chain.
    package struct Previous: Sendable, Equatable, Codable {
        package var bucket: BucketName
        package var key: ObjectKey
        package var end: EventTime
        /// SHA-256 of the body before gzip.
        package var hash: SHA256Hash
        /// Lower-case hex.
        package var signature: String
        package var storedHash: SHA256Hash
        package var storedByteCount: Int

        package init(
            bucket: BucketName, key: ObjectKey, end: EventTime, hash: SHA256Hash, signature: String,
            storedHash: SHA256Hash, storedByteCount: Int
        ) {
            (self.bucket, self.key, self.end, self.hash) = (bucket, key, end, hash)
            (self.signature, self.storedHash, self.storedByteCount) = (signature, storedHash, storedByteCount)
        }
    }

    /// A log file as the `delivered` log has it.
    package struct Entry: Sendable, Equatable {
        package var record: DeliveredRecord
        package var file: DeliveredRecord.File

        package init(record: DeliveredRecord, file: DeliveredRecord.File) {
            (self.record, self.file) = (record, file)
        }
    }

    /// A file that is recorded and not there: evidence that it was delivered, and what it held.
    package struct Missing: Sendable, Equatable {
        package var entry: Entry
        package var reason: MissingReason

        package init(entry: Entry, reason: MissingReason) { (self.entry, self.reason) = (entry, reason) }
    }

    package enum MissingReason: String, Sendable, Codable {
        /// It was gone when the digest was made.
        case gone
        /// Other bytes stood at its name.
        case altered
        /// The operator gave it up; it was never put.
        case abandoned
    }

    package enum Kind: String, Sendable, Codable {
        /// Opens a chain.
        case starting
        case hourly
        /// Closes a chain: logging was stopped.
        case final
        /// Lists files that no other digest lists.
        case backfill
    }

    /// How far a lane's log files reach, in sequences of the partition's log.
    package struct Reach: Sendable, Equatable, Codable {
        package var trail: UniqueID
        package var folder: LogFolder
        package var epoch: UInt64
        /// First sequence that the digest covers.
        package var from: UInt64
        /// The sequence behind the last.
        package var until: UInt64

        package init(trail: UniqueID, folder: LogFolder, epoch: UInt64, from: UInt64, until: UInt64) {
            (self.trail, self.folder, self.epoch, self.from, self.until) = (trail, folder, epoch, from, until)
        }
    }

    /// Another lane of the trail, as the trail's home digest vouches for it.
    package struct LaneState: Sendable, Equatable, Codable {
        package var account: AccountID
        package var region: Region
        package var chain: Int
        package var newest: Previous

        package init(account: AccountID, region: Region, chain: Int, newest: Previous) {
            (self.account, self.region, self.chain, self.newest) = (account, region, chain, newest)
        }
    }

    /// Trail keys that were destroyed on purpose.
    package struct Shredding: Sendable, Equatable, Codable {
        package var period: String
        package var keys: [String]
        package var at: EventTime
        package var by: String

        package init(period: String, keys: [String], at: EventTime, by: String) {
            (self.period, self.keys, self.at, self.by) = (period, keys, at, by)
        }
    }

    /// How the keyring stood when the digest was signed.
    package struct KeyringMark: Sendable, Equatable, Codable {
        package var generation: UInt64
        package var hash: SHA256Hash

        package init(generation: UInt64, hash: SHA256Hash) { (self.generation, self.hash) = (generation, hash) }
    }

    package var kind: Kind
    package var chainName: ChainName
    package var trail: UniqueID
    package var chain: Int
    package var number: Int
    package var periodSeconds: Int
    package var start: EventTime
    package var end: EventTime
    package var bucket: BucketName
    package var key: ObjectKey
    package var fingerprint: String
    package var signedAt: EventTime
    /// Nil in a starting digest.
    package var previous: Previous?
    /// In a starting digest after a stop: the last digest before it.
    package var previousChain: Previous?
    package var entries: [Entry]
    package var missing: [Missing]
    package var reach: [Reach]
    package var keyring: KeyringMark
    /// The sequence behind the last one seen in the partition's log; nil in a backfill digest.
    package var logEnd: UInt64?
    /// In digests of the trail's home Region.
    package var lanes: [LaneState]?
    package var shredded: [Shredding]
    /// The newest backfill digest of the lane, which nothing else links to.
    package var backfill: Previous?

    package init(
        kind: Kind, chainName: ChainName, trail: UniqueID, chain: Int, number: Int, periodSeconds: Int,
        start: EventTime,
        end: EventTime, bucket: BucketName, key: ObjectKey, fingerprint: String, signedAt: EventTime,
        previous: Previous?, previousChain: Previous?, entries: [Entry], missing: [Missing], reach: [Reach],
        keyring: KeyringMark, logEnd: UInt64?, lanes: [LaneState]?, shredded: [Shredding],
        backfill: Previous? = nil
    ) {
        (self.kind, self.chainName, self.trail, self.chain, self.number) = (kind, chainName, trail, chain, number)
        (self.periodSeconds, self.start, self.end, self.bucket, self.key) = (periodSeconds, start, end, bucket, key)
        (self.fingerprint, self.signedAt, self.previous, self.previousChain) = (
            fingerprint, signedAt, previous, previousChain
        )
        (self.entries, self.missing, self.reach, self.keyring) = (entries, missing, reach, keyring)
        (self.logEnd, self.lanes, self.shredded, self.backfill) = (logEnd, lanes, shredded, backfill)
    }

    /// When a backfill digest was made, as its metadata says it too (reference 3.3).
    package static func backfillTime(_ time: EventTime) -> String { "\(time.iso8601.dropLast()).000Z" }

    /// The bytes that are signed: fields in the order in which CloudTrail writes them. The same value gives the same bytes.
    package var json: [UInt8] {
        var text = DigestText()
        text.object {
            $0.field("awsAccountId", "\(chainName.account)")
            $0.field("digestStartTime", start.iso8601)
            $0.field("digestEndTime", end.iso8601)
            $0.field("digestS3Bucket", bucket.text)
            $0.field("digestS3Object", key.text)
            $0.field("digestPublicKeyFingerprint", fingerprint)
            $0.field("digestSignatureAlgorithm", DigestSignature.algorithm)
            $0.field("newestEventTime", entries.map(\.file.newest).max()?.iso8601)
            $0.field("oldestEventTime", entries.map(\.file.oldest).min()?.iso8601)
            $0.field("previousDigestS3Bucket", previous?.bucket.text)
            $0.field("previousDigestS3Object", previous?.key.text)
            $0.field("previousDigestHashValue", previous?.hash.hex)
            $0.field("previousDigestHashAlgorithm", previous.map { _ in "SHA-256" })
            $0.field("previousDigestSignature", previous?.signature)
            $0.objects("logFiles", entries) { $0.entry($1, of: trail) }
            $0.object("cairn") { cairn(&$0) }
        }
        return text.bytes
    }

    private func cairn(_ text: inout DigestText) {
        text.field("format", 1)
        text.field("kind", kind.rawValue)
        text.field("trail", trail.text)
        text.field("chain", chain)
        text.field("number", number)
        text.field("periodSeconds", periodSeconds)
        text.field("signedAt", signedAt.iso8601)
        if kind == .final { text.field("reason", "logging stopped") }
        if let previous {
            text.object("previousDigestStored") {
                $0.field("byteCount", previous.storedByteCount)
                $0.field("sha256", previous.storedHash.hex)
            }
        }
        if let previousChain { text.object("previousChain") { $0.digest(previousChain, isSigned: true) } }
        if let backfill { text.object("backfill") { $0.digest(backfill, isSigned: false) } }
        text.objects("reach", reach) {
            $0.field("folder", $1.folder.rawValue)
            if $1.trail != trail { $0.field("trail", $1.trail.text) }
            $0.range($1.epoch, $1.from, $1.until)
        }
        if kind == .backfill { text.field("backfillGenerationTimestamp", Self.backfillTime(signedAt)) }
        if let logEnd { text.object("log") { $0.field("end", Int(logEnd)) } }
        text.object("keyring") {
            $0.field("generation", Int(keyring.generation))
            $0.field("sha256", keyring.hash.hex)
        }
        if !shredded.isEmpty {
            text.objects("shredded", shredded) {
                $0.field("period", $1.period)
                $0.field("at", $1.at.iso8601)
                $0.field("by", $1.by)
                $0.strings("keys", $1.keys)
            }
        }
        if !missing.isEmpty {
            text.objects("missing", missing) {
                $0.field("reason", $1.reason.rawValue)
                $0.entry($1.entry, of: trail)
            }
        }
        if let lanes {
            text.objects("lanes", lanes) {
                $0.field("awsAccountId", "\($1.account)")
                $0.field("region", $1.region.name)
                $0.field("chain", $1.chain)
                $0.digest($1.newest, isSigned: false)
            }
        }
    }
}
