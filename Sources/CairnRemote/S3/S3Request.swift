import CairnFormat
import CairnNative

/// One request to a bucket.
struct S3Request: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    var method: Method
    var bucket: BucketName
    var key: ObjectKey?
    /// Decoded names and values.
    var query: [(name: String, value: String)] = []
    /// Names in lower case.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// The largest answer that is read, in bytes.
    var answerByteCountMax = 1 << 20

    /// The bucket's part of the path, if it stands there, and the key's, percent-encoded as they are sent and signed.
    func path(isPathStyle: Bool) -> String {
        let key = key.map { SigV4Request.encoded($0.text, keepsSlash: true) } ?? ""
        return isPathStyle ? "/\(bucket)" + (key.isEmpty ? "" : "/\(key)") : "/\(key)"
    }

    var encodedQuery: String {
        query.isEmpty
            ? ""
            : "?"
                + query.map {
                    SigV4Request.encoded($0.name, keepsSlash: false) + "="
                        + SigV4Request.encoded($0.value, keepsSlash: false)
                }.joined(separator: "&")
    }
}
