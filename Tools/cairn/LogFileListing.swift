import CairnFormat
import CairnObjects

/// Log files in a bucket, by their names.
struct LogFileListing {
    /// A bucket, and all of a key before `AWSLogs/`.
    struct Root: Hashable, CustomStringConvertible {
        var bucket: BucketName
        var prefix: KeyPrefix?

        init(bucket: BucketName, prefix: KeyPrefix?) { (self.bucket, self.prefix) = (bucket, prefix) }

        /// - Parameter text: `BUCKET` or `BUCKET/PREFIX`.
        init(_ text: String) throws(FormatError) {
            let parts = text.split(separator: "/", maxSplits: 1)
            bucket = try BucketName(parts.first.map(String.init) ?? "")
            if parts.count == 2 { prefix = try KeyPrefix(String(parts[1])) }
        }

        var description: String { "\(bucket)/" + (prefix.map { "\($0)/" } ?? "") }
    }

    struct File {
        var location: ObjectLocation
        var account: AccountID
        var region: Region
    }

    private let store: any ObjectStore
    private let root: Root

    init(_ store: any ObjectStore, _ root: Root) { (self.store, self.root) = (store, root) }

    /// Those that may have events from a time on, in seconds since 1970.
    func files(since oldest: Int64) async throws(ObjectError) -> [File] {
        // A file has the day of its cut, which comes after its events.
        let first = EventTime(seconds: oldest).datePath
        var found: [File] = []
        var after: String?
        while true {
            let keys: [ObjectKey]
            do throws(ObjectError) {
                keys = try await store.list(
                    root.bucket, prefix: (root.prefix.map { "\($0)/" } ?? "") + "AWSLogs/", after: after, limit: 1_000)
            } catch .notFound { return found }
            guard let last = keys.last else { return found }
            for key in keys {
                if let file = file(key), file.day >= first { found.append(file.file) }
            }
            after = last.text
        }
    }

    /// `…/<account>/CloudTrail/<Region>/<yyyy>/<mm>/<dd>/<name>.json.gz`
    private func file(_ key: ObjectKey) -> (file: File, day: String)? {
        let parts = key.text.split(separator: "/")
        guard parts.count >= 7, key.text.hasSuffix(".json.gz"), parts[parts.count - 6] == LogFolder.trail.rawValue,
            let account = try? AccountID(String(parts[parts.count - 7])),
            let region = try? Region(String(parts[parts.count - 5]))
        else { return nil }
        return (
            File(location: ObjectLocation(bucket: root.bucket, key: key), account: account, region: region),
            parts[(parts.count - 4)..<(parts.count - 1)].joined(separator: "/")
        )
    }
}
