package import CairnNative

extension SigV4Claim {
    /// How far a request's time may be from ours, in seconds.
    private static let skewMax: Int64 = 300
    private static let unsignedBody = "UNSIGNED-PAYLOAD"
    private static let bodyHashHeader = "x-amz-content-sha256"

    /// Sees whether a claim is true.
    ///
    /// Two equal calls within a second have one signature, so a request that comes twice is no attack that could be seen here:
    /// TLS is what stops those who listen.
    ///
    /// - Parameters:
    ///   - request: as it came, with the SHA-256 of its body, computed and not believed.
    ///   - secretAccessKey: of the access key that is claimed; nil: there is no such key, which takes as long to refuse.
    ///   - stranger: a secret that no key has.
    ///   - now: seconds since 1970.
    package func verify(
        _ request: SigV4Request, secretAccessKey: KeyMaterial?, stranger: KeyMaterial, now: Int64
    ) throws(SigV4Refusal) {
        let age = now - time.seconds
        if let lifeSeconds {
            if age < -Self.skewMax { throw .skewed(seconds: age) }
            if age >= Int64(lifeSeconds) { throw .expired(at: EventTime(seconds: time.seconds + Int64(lifeSeconds))) }
        } else if abs(age) > Self.skewMax {
            throw .skewed(seconds: age)
        }
        var signed = request
        signed.bodyHash = try bodyHash(request)
        signed.query.removeAll { $0.name == "X-Amz-Signature" }
        let isS3 = scope.service == "s3"
        if isS3 { signed.path = Self.encodedAgain(request.path) }
        let form = SigV4Form(
            signed, headers: request.headers.filter { signedHeaders.contains($0.name.lowercased()) }, isS3: isS3)
        let expected = scope.signature(
            of: form.textToSign(time: timeText, scope), by: secretAccessKey ?? stranger)
        // In a time that tells nothing of where they differ.
        let difference = zip(expected.utf8, signature.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0, secretAccessKey != nil else { throw .mismatch }
    }

    /// What is signed of the body: its hash, or, of an object that is read, that nobody looked.
    private func bodyHash(_ request: SigV4Request) throws(SigV4Refusal) -> String {
        let named = request.headers.filter { $0.name.lowercased() == Self.bodyHashHeader }.map(\.value)
        guard named.count <= 1 else { throw .malformed("there are \(named.count) \(Self.bodyHashHeader) headers") }
        guard let named = named.first ?? (isPresigned ? Self.unsignedBody : nil) else { return request.bodyHash }
        if named == Self.unsignedBody {
            guard scope.service == "s3", ["GET", "HEAD"].contains(request.method) else {
                throw .unsignedBody("\(named) is for reading objects only")
            }
            return named
        }
        guard !named.hasPrefix("STREAMING-") else { throw .unsignedBody("\(named.prefix(64)) is not taken") }
        guard named == request.bodyHash else {
            throw .unsignedBody("\(Self.bodyHashHeader) says '\(named.prefix(64))', the body has \(request.bodyHash)")
        }
        return named
    }

    /// A path as S3's clients sign it, however what stood between wrote its escapes. A slash that is escaped is a part of a
    /// name: such a path is taken as it stands.
    private static func encodedAgain(_ path: String) -> String {
        guard !path.lowercased().contains("%2f"), let text = SigV4Request.decoded(path) else { return path }
        return SigV4Request.encoded(text, keepsSlash: true)
    }
}
