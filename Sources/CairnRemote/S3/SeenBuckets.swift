import CairnFormat
import Synchronization

/// Buckets in which something was seen that stays so.
final class SeenBuckets: Sendable {
    private let buckets = Mutex<Set<BucketName>>([])

    func has(_ bucket: BucketName) -> Bool { buckets.withLock { $0.contains(bucket) } }

    func add(_ bucket: BucketName) { buckets.withLock { _ = $0.insert(bucket) } }
}
