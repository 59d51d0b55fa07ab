import CairnFormat

/// A folder of one account in a bucket: `[prefix/]AWSLogs/[organization/]<account>/`.
struct Territory: Sendable, Equatable {
    let bucket: BucketName
    /// Ends in a slash.
    let path: String
    let organization: String?
    let account: String
}
