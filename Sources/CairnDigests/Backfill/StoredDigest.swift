import CairnFormat
import CairnNative
import CairnObjects
import FoundationEssentials

/// What a digest of ours that lies in a bucket lists, and which digest it links to.
struct StoredDigest: Sendable {
    /// The digest before it, in its chain or at the end of the chain before.
    struct Link: Sendable {
        var location: ObjectLocation
        var hash: SHA256Hash
    }

    /// Files that it lists or says to be missing.
    let files: [ObjectLocation]
    let before: Link?

    /// - Throws: ``Unreadable`` when it is no digest of ours.
    init(_ body: [UInt8]) throws(Unreadable) {
        guard let text = try? JSONDecoder().decode(Text.self, from: Data(body)) else { throw Unreadable() }
        var files: [ObjectLocation] = []
        for file in text.logFiles + (text.cairn?.missing ?? []) {
            files.append(try Self.location(file.bucket, file.key))
        }
        self.files = files
        if let key = text.previousKey, let bucket = text.previousBucket, let hash = text.previousHash {
            before = Link(location: try Self.location(bucket, key), hash: try Self.hash(hash))
        } else if let end = text.cairn?.previousChain {
            before = Link(location: try Self.location(end.bucket, end.key), hash: try Self.hash(end.hash))
        } else {
            before = nil
        }
    }

    struct Unreadable: Error {}

    private static func location(_ bucket: String, _ key: String) throws(Unreadable) -> ObjectLocation {
        guard let bucket = try? BucketName(bucket), let key = try? ObjectKey(key) else { throw Unreadable() }
        return ObjectLocation(bucket: bucket, key: key)
    }

    private static func hash(_ hex: String) throws(Unreadable) -> SHA256Hash {
        guard let hash = SHA256Hash(hex: hex) else { throw Unreadable() }
        return hash
    }

    private struct File: Decodable {
        var bucket: String
        var key: String

        enum CodingKeys: String, CodingKey {
            case bucket = "s3Bucket"
            case key = "s3Object"
        }
    }

    private struct Named: Decodable {
        var bucket: String
        var key: String
        var hash: String

        enum CodingKeys: String, CodingKey {
            case bucket = "s3Bucket"
            case key = "s3Object"
            case hash = "hashValue"
        }
    }

    private struct Cairn: Decodable {
        var missing: [File]?
        var previousChain: Named?
    }

    private struct Text: Decodable {
        var previousBucket: String?
        var previousKey: String?
        var previousHash: String?
        var logFiles: [File]
        var cairn: Cairn?

        enum CodingKeys: String, CodingKey {
            case previousBucket = "previousDigestS3Bucket"
            case previousKey = "previousDigestS3Object"
            case previousHash = "previousDigestHashValue"
            case logFiles, cairn
        }
    }
}
