package import CairnFormat

/// What became of a segment that was thinned.
package struct ThinnedSegment: Sendable {
    /// A batch that was taken out.
    package struct Batch: Sendable, Equatable {
        package var sequence: UInt64
        package var account: AccountID
        /// Of its payload.
        package var byteCount: Int
    }

    package var path: String
    package var dropped: [Batch]
    /// The size of the file before and after, in bytes.
    package var byteCounts: (before: Int, after: Int)
}
