import CairnFormat

/// Why a request to a bucket has no answer that it was made for.
struct S3Problem: Error, Sendable {
    /// The code of a request that was not sent, since there is nothing to sign it with.
    static let noCredentials = "CairnNoCredentials"

    /// 0: there was no answer.
    var status = 0
    /// S3's name for it, such as `NoSuchKey`; empty when it gave none.
    var code = ""
    var message: String
    /// The Region that the bucket is in, if the answer names it.
    var region: Region?

    /// There was no answer, or none that can be read.
    static func unanswered(_ reason: String) -> S3Problem { S3Problem(message: reason) }

    init(status: Int = 0, code: String = "", message: String, region: Region? = nil) {
        (self.status, self.code, self.message, self.region) = (status, code, message, region)
    }

    /// Reads an error document; an answer to HEAD has none.
    init(status: Int, body: [UInt8], bucketRegion: String?) {
        let document = try? XMLReader.read(body)
        let code = document?.name == "Error" ? document?["Code"]?.text ?? "" : ""
        let message = document?["Message"]?.text ?? "no reason given"
        let region = bucketRegion ?? document?["Region"]?.text
        self.init(
            status: status, code: String(code.prefix(100)), message: String(message.prefix(300)),
            region: region.flatMap { try? Region($0) })
    }

    /// Whether the same request may be answered the next time.
    var mayPass: Bool {
        switch status {
        case 0, 429, 500, 502, 503, 504: true
        case 409: code == "ConditionalRequestConflict" || code == "OperationAborted"
        default: ["RequestTimeout", "BadDigest", "IncompleteBody", "SlowDown", "InternalError"].contains(code)
        }
    }

    /// Whether the bucket is in another Region than the request was signed for.
    var isElsewhere: Bool {
        status == 301 || status == 307
            || [
                "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
                "IllegalLocationConstraintException",
            ]
            .contains(code)
    }

    /// Whether newer credentials may help.
    var isAboutExpiry: Bool { ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"].contains(code) }

    var description: String {
        status == 0 ? message : "status \(status)\(code.isEmpty ? "" : " \(code)"): \(message)"
    }
}
