import CairnFormat
import Synchronization

/// Which Region a bucket was found in.
final class RegionMap: Sendable {
    private let regions = Mutex<[BucketName: Region]>([:])

    subscript(bucket: BucketName) -> Region? {
        get { regions.withLock { $0[bucket] } }
        set { regions.withLock { $0[bucket] = newValue } }
    }
}
