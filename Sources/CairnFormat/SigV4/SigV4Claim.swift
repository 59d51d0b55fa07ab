/// What a request says of its signature, before anybody knows whether it is true.
package struct SigV4Claim: Sendable, Equatable {
    /// The longest time for which a request in a URL may be signed, unless configured, in seconds.
    package static let presignedSecondsMax = 3_600
    private static let algorithm = "AWS4-HMAC-SHA256"
    private static let parameters = [
        "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
    ]

    package let accessKeyID: String
    /// The Region that it is signed for.
    package var region: String { scope.region }
    /// Whether it is signed in its URL.
    package let isPresigned: Bool
    let scope: SigV4Scope
    /// When it was signed.
    let time: EventTime
    /// The same as it stands in the request.
    let timeText: String
    /// For how many seconds, in a URL.
    let lifeSeconds: Int?
    let signedHeaders: [String]
    let signature: String

    /// Reads it, from a header or from the URL, and refuses what no honest client sends.
    ///
    /// - Parameters:
    ///   - request: as it came; its body need not be known.
    ///   - service: whose scope the signature must have.
    package init(_ request: SigV4Request, service: String, presignedSecondsMax: Int = presignedSecondsMax)
        throws(SigV4Refusal)
    {
        let headers = Self.values(of: "authorization", request)
        let query = request.query.filter { pair in Self.parameters.contains { Self.isEqual($0, pair.name) } }
        if headers.isEmpty, query.isEmpty { throw .missing }
        guard headers.isEmpty || query.isEmpty else { throw .malformed("it stands both in a header and in the URL") }
        if request.headers.contains(where: { $0.name.lowercased() == "x-amz-security-token" })
            || request.query.contains(where: { Self.isEqual($0.name, "X-Amz-Security-Token") })
        {
            throw .unknownToken
        }
        var fields: [String: String] = [:]
        if query.isEmpty {
            guard headers.count == 1 else { throw .malformed("there are \(headers.count) Authorization headers") }
            fields = try Self.header(headers[0])
            let dates = Self.values(of: "x-amz-date", request)
            guard dates.count == 1 else { throw .malformed("expected one X-Amz-Date header, found \(dates.count)") }
            fields["Date"] = dates[0]
        } else {
            guard service == "s3", ["GET", "HEAD"].contains(request.method) else {
                throw .malformed("a URL may be signed for reading objects only")
            }
            for name in Self.parameters {
                let values = query.filter { $0.name == name }
                guard values.count == 1, query.count == Self.parameters.count else {
                    throw .malformed("expected each of \(Self.parameters.joined(separator: ", ")) once in the URL")
                }
                fields[String(name.dropFirst("X-Amz-".count))] = values[0].value
            }
            guard fields["Algorithm"] == Self.algorithm else { throw .malformed("expected \(Self.algorithm)") }
        }
        let credential = fields["Credential", default: ""].split(separator: "/", omittingEmptySubsequences: false).map(
            String.init)
        guard credential.count == 5, credential[4] == "aws4_request", (1...128).contains(credential[0].utf8.count)
        else {
            throw .malformed("expected a credential KEY/DATE/REGION/SERVICE/aws4_request")
        }
        accessKeyID = credential[0]
        scope = SigV4Scope(date: credential[1], region: credential[2], service: credential[3])
        timeText = fields["Date", default: ""]
        guard let time = Self.time(timeText) else { throw .malformed("expected a date such as 20260301T101244Z") }
        self.time = time
        isPresigned = !query.isEmpty
        if isPresigned {
            guard let seconds = Int(fields["Expires", default: ""]), seconds >= 1 else {
                throw .malformed("expected X-Amz-Expires to be a number of seconds")
            }
            guard seconds <= presignedSecondsMax else {
                throw .lastsTooLong(seconds: seconds, limit: presignedSecondsMax)
            }
            lifeSeconds = seconds
        } else {
            lifeSeconds = nil
        }
        signature = fields["Signature", default: ""]
        guard signature.utf8.count == 64,
            signature.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { throw .malformed("expected a signature of 64 lower-case hex digits") }
        signedHeaders = fields["SignedHeaders", default: ""].split(separator: ";", omittingEmptySubsequences: false)
            .map(
                String.init)
        guard !signedHeaders.isEmpty, signedHeaders.allSatisfy({ !$0.isEmpty && $0 == $0.lowercased() }),
            zip(signedHeaders, signedHeaders.dropFirst()).allSatisfy({ $0.utf8.lexicographicallyPrecedes($1.utf8) })
        else { throw .malformed("expected the names of signed headers in lower case, in order, each once") }
        try check(request, service)
    }

    /// Scope and signed headers, which are nothing secret.
    private func check(_ request: SigV4Request, _ service: String) throws(SigV4Refusal) {
        guard scope.service == service else {
            throw .scope("service '\(scope.service.prefix(32))', expected \(service)")
        }
        guard scope.date == timeText.prefix(8) else {
            throw .scope("day '\(scope.date.prefix(16))', but X-Amz-Date is of \(timeText.prefix(8))")
        }
        guard Self.values(of: "host", request).count == 1, signedHeaders.contains("host") else {
            throw .notSigned(header: "host")
        }
        for name in request.headers.map({ $0.name.lowercased() })
        where (name == "content-type" || name.hasPrefix("x-amz-")) && !signedHeaders.contains(name) {
            throw .notSigned(header: name)
        }
        for name in signedHeaders where Self.values(of: name, request).isEmpty {
            throw .malformed("the header \(name.prefix(64)) is said to be signed and is not there")
        }
    }

    private static func values(of name: String, _ request: SigV4Request) -> [String] {
        request.headers.filter { $0.name.lowercased() == name }.map(\.value)
    }

    private static func isEqual(_ name: String, _ other: String) -> Bool { name.lowercased() == other.lowercased() }

    /// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`
    private static func header(_ text: String) throws(SigV4Refusal) -> [String: String] {
        guard text.hasPrefix(algorithm + " "), text.utf8.count <= 4_096 else {
            throw .malformed("expected \(algorithm) with Credential, SignedHeaders and Signature")
        }
        var fields: [String: String] = [:]
        for part in text.dropFirst(algorithm.count + 1).split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, ["Credential", "SignedHeaders", "Signature"].contains(String(halves[0])),
                fields.updateValue(String(halves[1]), forKey: String(halves[0])) == nil
            else { throw .malformed("expected Credential, SignedHeaders and Signature, each once") }
        }
        guard fields.count == 3 else { throw .malformed("expected Credential, SignedHeaders and Signature") }
        return fields
    }

    /// `yyyymmddThhmmssZ`
    private static func time(_ text: String) -> EventTime? {
        let c = Array(text.utf8)
        guard c.count == 16, c[8] == UInt8(ascii: "T"), c[15] == UInt8(ascii: "Z") else { return nil }
        let t = text.map(String.init)
        func part(_ range: Range<Int>) -> String { t[range].joined() }
        guard t.count == 16 else { return nil }
        return EventTime(
            iso8601: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
                .utf8)
    }
}
