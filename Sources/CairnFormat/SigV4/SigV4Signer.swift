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
        let form = SigV4Form(
            request, headers: request.headers + added.map { ($0.key, $0.value) }, isS3: isS3,
            normalizesPath: normalizesPath)
        let scope = SigV4Scope(date: String(time.prefix(8)), region: region, service: service)
        let text = form.textToSign(time: time, scope)
        let signature = scope.signature(of: text, by: credentials.secretAccessKey)
        added["authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(form.signedHeaders), Signature=\(signature)"
        return Signature(
            canonicalRequest: form.canonicalRequest, stringToSign: text, signature: signature, headers: added)
    }
}
