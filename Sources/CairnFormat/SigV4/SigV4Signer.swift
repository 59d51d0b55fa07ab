import CairnNative

/// Signs requests by AWS's Signature Version 4, with the signature in the `authorization` header.
///
/// Source: "Create a signed AWS API request", IAM User Guide.
package struct SigV4Signer: Sendable {
    /// A signature and what it was made of, as a verifier would make it again.
    package struct Signature: Sendable, Equatable {
        package var canonicalRequest: String
        package var stringToSign: String
        /// Lower-case hex.
        package var signature: String
        /// To be added to the request's headers.
        package var headers: [String: String]
    }

    private let credentials: SigV4Credentials
    private let region: String
    private let service: String
    /// S3 neither normalises paths nor encodes them again; all others do.
    private let isS3: Bool
    private let normalizesPath: Bool
    /// Whether the body's hash is sent as a header, which S3 demands.
    private let namesBodyHash: Bool

    package init(
        _ credentials: SigV4Credentials, region: String, service: String, normalizesPath: Bool = true,
        namesBodyHash: Bool = false
    ) {
        self.credentials = credentials
        self.region = region
        self.service = service
        isS3 = service == "s3"
        self.normalizesPath = normalizesPath && !isS3
        self.namesBodyHash = namesBodyHash || isS3
    }

    /// - Parameter seconds: the time of signing, since 1970.
    package func sign(_ request: SigV4Request, at seconds: Int64) -> Signature {
        let time = "\(EventTime(seconds: seconds))".filter { $0 != "-" && $0 != ":" }
        var added = ["x-amz-date": time]
        if let token = credentials.sessionToken { added["x-amz-security-token"] = token }
        if namesBodyHash { added["x-amz-content-sha256"] = request.bodyHash }
        let (canonical, names) = canonical(request, added)
        let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(SHA256.hash(Array(canonical.utf8)).hex)"
        let signature = signature(of: text, date: String(time.prefix(8)))
        added["authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
        return Signature(canonicalRequest: canonical, stringToSign: text, signature: signature, headers: added)
    }

    private func canonical(_ request: SigV4Request, _ added: [String: String]) -> (text: String, names: String) {
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
        for (name, value) in request.headers + added.map({ ($0.key, $0.value) }) {
            values[name.lowercased(), default: []].append(
                value.split { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }.joined(
                    separator: " "))
        }
        let names = values.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let headers = names.map { "\($0):\(values[$0, default: []].joined(separator: ","))\n" }.joined()
        let signed = names.joined(separator: ";")
        let text = [
            request.method, path, query.map { "\($0.0)=\($0.1)" }.joined(separator: "&"), headers, signed,
            request.bodyHash,
        ].joined(separator: "\n")
        return (text, signed)
    }

    private func signature(of text: String, date: String) -> String {
        let prefix = Array("AWS4".utf8)
        var key = credentials.secretAccessKey.secret.withKeyBytes { secret in
            Secret(count: prefix.count + secret.count) { (bytes: inout MutableSpan<UInt8>) in
                for i in prefix.indices { bytes[i] = prefix[i] }
                for i in secret.indices { bytes[prefix.count + i] = secret[i] }
            }
        }
        for step in [date, region, service, "aws4_request"] { key = HMAC.sha256(key: key, Array(step.utf8)) }
        let signature = SecretText.hex(HMAC.sha256(key: key, Array(text.utf8)))
        return signature.withKeyBytes { digits in String(decoding: digits.indices.map { digits[$0] }, as: UTF8.self) }
    }
}
