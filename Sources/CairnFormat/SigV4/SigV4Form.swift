import CairnNative

/// A request in the form that is signed: canonical request and the names of the headers in it.
struct SigV4Form: Sendable {
    let canonicalRequest: String
    /// In order, joined by `;`.
    let signedHeaders: String

    /// - Parameters:
    ///   - headers: those that are signed.
    ///   - isS3: S3 neither normalises paths nor encodes them again; all others do.
    init(
        _ request: SigV4Request, headers: [(name: String, value: String)], isS3: Bool, normalizesPath: Bool = true
    ) {
        let path =
            isS3
            ? request.path
            : SigV4Request.encoded(
                normalizesPath ? SigV4Request.normalized(request.path) : request.path, keepsSlash: true)
        let query = request.query.map {
            (SigV4Request.encoded($0.name, keepsSlash: false), SigV4Request.encoded($0.value, keepsSlash: false))
        }.sorted {
            $0.0 != $1.0
                ? $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) : $0.1.utf8.lexicographicallyPrecedes($1.1.utf8)
        }
        var values: [String: [String]] = [:]
        for (name, value) in headers {
            values[name.lowercased(), default: []].append(
                value.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }.joined(
                    separator: " "))
        }
        let names = values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let lines = names.map { "\($0):\(values[$0, default: []].joined(separator: ","))\n" }.joined()
        signedHeaders = names.joined(separator: ";")
        canonicalRequest = [
            request.method, path, query.map { "\($0.0)=\($0.1)" }.joined(separator: "&"), lines, signedHeaders,
            request.bodyHash,
        ].joined(separator: "\n")
    }

    /// - Parameter time: `yyyymmddThhmmssZ`.
    func textToSign(time: String, _ scope: SigV4Scope) -> String {
        "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(SHA256.hash(Array(canonicalRequest.utf8)).hex)"
    }
}
