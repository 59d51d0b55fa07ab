/// How much a log may take.
package struct SegmentLimits: Sendable {
    /// A segment file is set aside at this size, in bytes.
    package var segmentByteCount: Int
    /// The most bytes written with one sync.
    package var groupByteCountMax = 16 << 20
    /// The most bytes that may wait to be written.
    package var pendingByteCountMax = 96 << 20
    /// What lies between two entries counts for no more than this, in ms, where it matters how long the log was written to.
    package var gapMilliseconds: Int64 = 10_000
    /// How many ids are remembered, so that appending an entry twice adds it once.
    package var idCountMax = 4_096

    package init(segmentByteCount: Int = 64 << 20) { self.segmentByteCount = segmentByteCount }
}
