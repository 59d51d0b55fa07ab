package import CairnFormat
package import CairnObjects

/// What a request to the object service asks, read from its method, path and parameters (S3's REST API, reading).
package enum ObjectOperation: Sendable {
    /// A listing as version 1 or 2 of the API has it.
    package struct Listing: Sendable {
        package var bucket: BucketName
        package var isVersion2: Bool
        package var query = BucketPage.Query()
        /// As it was given, for the answer.
        package var marker = ""
        package var startAfter: String?
        package var token: String?
        package var isURLEncoded = false
    }

    case listBuckets
    case headBucket(BucketName)
    case location(BucketName)
    case list(Listing)
    case get(ObjectLocation)
    case head(ObjectLocation)

    /// Parameters that clients add and that change nothing.
    private static let harmless: Set = ["x-id", "fetch-owner"]
    /// Subresources of the API that there are not here.
    private static let overrides = "response-"

    package init(_ request: ServiceRequest) throws(ServiceFailure) {
        guard ["GET", "HEAD"].contains(request.method) else {
            throw ServiceFailure(
                405, "MethodNotAllowed",
                "buckets are read here, and written by delivery alone: \(request.method) is not taken")
        }
        guard let path = SigV4Request.decoded(request.path), path.hasPrefix("/") else {
            throw ServiceFailure(400, "InvalidURI", "the path is not UTF-8")
        }
        let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let parameters = request.query.filter {
            !Self.harmless.contains($0.name) && !$0.name.lowercased().hasPrefix("x-amz-")
        }
        if let override = parameters.first(where: { $0.name.hasPrefix(Self.overrides) }) {
            throw ServiceFailure(
                400, "InvalidRequest", "\(override.name.prefix(64)): headers of the answer cannot be overridden here")
        }
        guard let name = parts.first, !name.isEmpty else {
            guard request.method == "GET", parts.count <= 1 else {
                throw ServiceFailure(404, "NoSuchBucket", "the path names no bucket")
            }
            self = .listBuckets
            return
        }
        guard let bucket = try? BucketName(name) else {
            throw ServiceFailure(400, "InvalidBucketName", "'\(name.prefix(64))' is no name of a bucket")
        }
        if parts.count > 1, !parts[1].isEmpty {
            // Names that cannot be kept are names of nothing.
            guard let key = try? ObjectKey(parts[1]) else {
                throw ServiceFailure(404, "NoSuchKey", "there is no object of that name, and there cannot be one")
            }
            if let other = parameters.first {
                throw ServiceFailure(
                    501, "NotImplemented", "the parameter '\(other.name.prefix(64))' of an object is not known here")
            }
            let location = ObjectLocation(bucket: bucket, key: key)
            self = request.method == "HEAD" ? .head(location) : .get(location)
            return
        }
        if request.method == "HEAD" {
            self = .headBucket(bucket)
            return
        }
        if parameters.contains(where: { $0.name == "location" }) {
            self = .location(bucket)
            return
        }
        self = .list(try Self.listing(bucket, parameters))
    }

    private static func listing(
        _ bucket: BucketName, _ parameters: [(name: String, value: String)]
    ) throws(ServiceFailure) -> Listing {
        func bad(_ name: String, _ value: String, _ expected: String) -> ServiceFailure {
            ServiceFailure(400, "InvalidArgument", "\(name): expected \(expected), found '\(value.prefix(64))'")
        }
        var listing = Listing(bucket: bucket, isVersion2: false)
        for (name, value) in parameters {
            guard value.utf8.count <= 4_096 else { throw bad(name, value, "up to 4096 bytes") }
            switch name {
            case "list-type":
                guard value == "2" else { throw bad(name, value, "2") }
                listing.isVersion2 = true
            case "prefix": listing.query.prefix = value
            case "delimiter": listing.query.delimiter = value
            case "marker": listing.marker = value
            case "start-after": listing.startAfter = value
            case "continuation-token": listing.token = value
            case "max-keys":
                guard let count = Int(value), count >= 0, count <= Int(Int32.max) else {
                    throw bad(name, value, "a number from 0 on")
                }
                listing.query.limit = min(count, 1_000)
            case "encoding-type":
                guard value == "url" else { throw bad(name, value, "url") }
                listing.isURLEncoded = true
            default:
                throw ServiceFailure(
                    501, "NotImplemented", "the parameter '\(name.prefix(64))' of a bucket is not known here")
            }
        }
        if listing.isVersion2 {
            if let token = listing.token {
                guard let after = ObjectDocument.key(ofToken: token) else {
                    throw bad("continuation-token", token, "a token that a listing gave")
                }
                listing.query.after = after
            } else {
                listing.query.after = listing.startAfter ?? ""
            }
        } else {
            listing.query.after = listing.marker
        }
        return listing
    }
}
