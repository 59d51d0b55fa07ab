import CairnFormat
import CairnObjects
import FoundationEssentials

/// The log files that digests speak of, read from their texts by a reader of its own: how often each is listed, or said to be missing.
struct ListedFiles {
    private struct Digest: Decodable {
        struct File: Decodable {
            var s3Bucket: String
            var s3Object: String
        }

        struct Own: Decodable {
            var missing: [File]?
        }

        var digestEndTime: String
        var logFiles: [File]
        var cairn: Own?
    }

    /// What is no digest.
    struct Unreadable: Error {
        let location: String
    }

    /// By location.
    private(set) var counts: [String: Int] = [:]
    /// The end of the digest that lists a file as there, in seconds since 1970.
    private(set) var listedUntil: [String: Int64] = [:]

    mutating func add(_ text: String, at location: ObjectLocation) throws(Unreadable) {
        guard let digest = try? JSONDecoder().decode(Digest.self, from: Data(text.utf8)) else {
            throw Unreadable(location: "\(location)")
        }
        guard let end = EventTime(iso8601: digest.digestEndTime.utf8)?.seconds else {
            throw Unreadable(location: "\(location)")
        }
        for file in digest.logFiles { listedUntil["\(file.s3Bucket)/\(file.s3Object)"] = end }
        for file in digest.logFiles + (digest.cairn?.missing ?? []) {
            counts["\(file.s3Bucket)/\(file.s3Object)", default: 0] += 1
        }
    }
}
