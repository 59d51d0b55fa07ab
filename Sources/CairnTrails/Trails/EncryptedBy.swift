/// Who encrypts the log files of a trail under its key.
package enum EncryptedBy: String, Sendable, Hashable, Codable, CaseIterable {
    /// cairn does, before they leave: whoever has the bucket alone reads nothing.
    case files
    /// The store does, as AWS CloudTrail's log files are (reference 5.1): SSE-KMS under the trail's key, SSE-S3 without one.
    /// Digests, too.
    case store
    /// Both do.
    case both
}
