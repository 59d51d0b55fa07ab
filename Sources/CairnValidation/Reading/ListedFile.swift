import CairnFormat
import CairnNative

/// A log file as a digest lists it.
package struct ListedFile: Sendable {
    /// What cairn adds.
    struct Stored: Sendable {
        var byteCount: Int
        var hash: SHA256Hash
        var recordCount: Int
        /// The trail that had the name before, whose file it is; nil: the digest's own.
        var trail: String?
        /// Nil in backfill digests.
        var range: (epoch: Int, from: Int, until: Int)?
        var keyVersion: String?
    }

    var bucket: String
    var key: String
    var hash: String
    var algorithm: String?
    var stored: Stored?

    /// Nil when the entry has not what it must have.
    init?(_ entry: StrictJSON) {
        guard let bucket = entry["s3Bucket"]?.text, let key = entry["s3Object"]?.text,
            let hash = entry["hashValue"]?.text
        else { return nil }
        (self.bucket, self.key, self.hash) = (bucket, key, hash)
        algorithm = entry["hashAlgorithm"]?.text
        guard let cairn = entry["cairn"] else { return }
        guard let byteCount = cairn["storedByteCount"]?.count,
            let stored = cairn["storedSha256"]?.text.flatMap({ SHA256Hash(hex: $0) }),
            let records = cairn["records"]?.count
        else { return nil }
        var range: (epoch: Int, from: Int, until: Int)?
        if cairn["epoch"] != nil || cairn["from"] != nil || cairn["until"] != nil {
            guard let epoch = cairn["epoch"]?.count, let from = cairn["from"]?.count, let until = cairn["until"]?.count
            else {
                return nil
            }
            range = (epoch, from, until)
        }
        self.stored = Stored(
            byteCount: byteCount, hash: stored, recordCount: records, trail: cairn["trail"]?.text, range: range,
            keyVersion: cairn["keyVersion"]?.text)
    }
}
