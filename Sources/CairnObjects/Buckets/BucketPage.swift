/// One page of a listing.
package struct BucketPage: Sendable, Equatable {
    /// What is asked for.
    package struct Query: Sendable, Equatable {
        package var prefix = ""
        /// Keys from behind this one on, whether or not there is one of that name; empty: from the first on.
        package var after = ""
        /// Keys that go on behind the prefix with something up to this are shown as one; empty: each is shown.
        package var delimiter = ""
        package var limit = 1_000
        /// How much of each object's beginning is read along.
        package var startByteCount = 0

        package init() {}
    }

    package internal(set) var entries: [BucketEntry] = []
    /// Beginnings that several keys may share, up to and with the delimiter.
    package internal(set) var commonPrefixes: [String] = []
    /// The last thing on a page that is not the last; nil: there is no more.
    package internal(set) var next: String?

    /// How many things it shows.
    package var count: Int { entries.count + commonPrefixes.count }
}
