package import CairnFormat

/// How buckets in S3, or in a store that speaks like it, are used.
package struct S3Settings: Sendable {
    /// How a put sees to it that it overwrites nothing.
    package enum Puts: String, Sendable, CaseIterable {
        /// The store takes `If-None-Match` and `If-Match`, as S3 does: it decides.
        case conditional
        /// The store knows no such headers: a look first, and what is there read back after. Two that put at one moment
        /// may both believe that they did; what a reader finds then is one of both, whole.
        case checked
    }

    /// How a store is asked for the keys of a bucket.
    package enum Lists: String, Sendable, CaseIterable {
        case v2
        /// As S3 did before 2016, and some stores still do.
        case v1
    }

    package var endpoint: ServiceEndpoint
    /// The Region that requests are signed for.
    package var region: Region
    /// Whether the bucket stands in the path; else it is a part of the host's name, where its own name allows that.
    package var isPathStyle = false
    package var puts = Puts.conditional
    package var lists = Lists.v2
    /// Who must own every bucket; nil: anybody.
    package var bucketOwner: AccountID?
    /// The certificates that are trusted, a file in PEM; nil: those of the system.
    package var authorityFile: String?
    /// Where hosts are, instead of where the DNS says.
    package var addresses: [String: String] = [:]
    /// The most requests at a time; more wait.
    package var requestCountMax = 64
    /// Objects of this size and more are put in parts.
    package var partsFromByteCount = 64 << 20
    package var partByteCount = 16 << 20
    /// How long one request may take.
    package var timeoutSeconds: Int64 = 60

    package init(endpoint: ServiceEndpoint, region: Region) {
        (self.endpoint, self.region) = (endpoint, region)
    }
}
