package import CairnFormat
package import CairnObjects
import CairnTerminal

/// Buckets in a store, as the place of an archive or of a part of it.
package struct ArchiveStore: Sendable {
    /// What stands before the name of a bucket on the command line.
    package static let scheme = "s3://"

    package let store: any ObjectStore
    package let buckets: Set<BucketName>

    package init(_ store: any ObjectStore, buckets: Set<BucketName>) { (self.store, self.buckets) = (store, buckets) }

    /// The buckets of `s3://BUCKET`, several joined by commas.
    package static func buckets(_ text: String) throws -> Set<BucketName> {
        let names = text.dropFirst(scheme.count).split(separator: ",", omittingEmptySubsequences: false).map {
            $0.hasSuffix("/") ? String($0.dropLast()) : String($0)
        }
        var found: Set<BucketName> = []
        for name in names {
            guard let bucket = try? BucketName(name) else {
                throw ValidateFailure(
                    "\(text): '\(name.prefix(64))' is no name of a bucket",
                    hint: "expected s3://BUCKET or s3://BUCKET,BUCKET",
                    exit: .usage)
            }
            found.insert(bucket)
        }
        return found
    }
}
