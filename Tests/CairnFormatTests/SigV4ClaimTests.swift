import CairnFormat
import CairnNative
import Testing

@Suite("A signature holds for what was signed, here and now, and for nothing else")
struct SigV4ClaimTests {
    private static let start: Int64 = 1_772_359_964

    private static func secret(_ text: String) -> KeyMaterial { KeyMaterial(Secret(Array(text.utf8).span)) }

    private static let stranger = secret("nobody's")
    private static let credentials = SigV4Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: secret("secret"))

    /// A call of the API, signed.
    private static func call(
        _ service: String = "cloudtrail", _ change: (inout SigV4Request) -> Void = { _ in }
    ) -> SigV4Request {
        var request = SigV4Request(
            method: "POST", path: "/",
            headers: [
                ("Host", "127.0.0.1:4740"), ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", "CloudTrail_20131101.GetTrailStatus"),
            ], bodyHash: SHA256.hash(Array("{}".utf8)).hex)
        change(&request)
        let signature = SigV4Signer(credentials, region: "us-east-1", service: service).sign(request, at: start)
        request.headers += signature.headers.map { ($0.key, $0.value) }
        return request
    }

    private static func verify(
        _ request: SigV4Request, service: String = "cloudtrail", secret: KeyMaterial? = secret("secret"),
        now: Int64 = start
    ) throws(SigV4Refusal) {
        try SigV4Claim(request, service: service).verify(
            request, secretAccessKey: secret, stranger: stranger, now: now)
    }

    private static func refusal(
        _ request: SigV4Request, service: String = "cloudtrail", secret: KeyMaterial? = secret("secret"),
        now: Int64 = start
    ) -> SigV4Refusal? {
        do throws(SigV4Refusal) {
            try verify(request, service: service, secret: secret, now: now)
            return nil
        } catch { return error }
    }

    @Test("every request of AWS's signing test suite, as a verifier", arguments: SigV4SignerTests.cases)
    func suite(_ name: String) throws {
        let context = try SigV4SignerTests.context(name)
        // Others than S3 normalise; S3 takes paths as they are. The suite's odd cases are neither.
        guard context.normalize else { return }
        var request = SigV4SignerTests.request(try SigV4SignerTests.text(name, "request.txt"))
        let time = try #require(EventTime(iso8601: Array(context.timestamp.utf8)))
        let key = context.credentials
        let signature = SigV4Signer(
            SigV4Credentials(
                accessKeyID: key.accessKeyId, secretAccessKey: Self.secret(key.secretAccessKey), sessionToken: key.token
            ),
            region: context.region, service: context.service, namesBodyHash: context.signBody
        ).sign(request, at: time.seconds)
        request.headers += signature.headers.map { ($0.key, $0.value) }
        func refusal(_ request: SigV4Request) -> SigV4Refusal? {
            Self.refusal(
                request, service: context.service, secret: Self.secret(key.secretAccessKey), now: time.seconds)
        }
        guard key.token == nil else {
            #expect(refusal(request) == .unknownToken)
            return
        }
        #expect(refusal(request) == nil)
        var other = request
        other.method += "X"
        #expect(refusal(other) == .mismatch)
        other = request
        other.path += "x"
        #expect(refusal(other) == .mismatch)
        other = request
        other.query.append(("x", "y"))
        #expect(refusal(other) == .mismatch)
        other = request
        other.bodyHash = SHA256.hash([1]).hex
        #expect(refusal(other) != nil)
    }

    @Test("a call holds for five minutes, by its own key alone")
    func time() {
        let request = Self.call()
        for age in [-300, 0, 300] as [Int64] { #expect(Self.refusal(request, now: Self.start + age) == nil) }
        for age in [-301, 301] as [Int64] {
            #expect(Self.refusal(request, now: Self.start + age) == .skewed(seconds: age))
        }
        #expect(Self.refusal(request, secret: Self.secret("other")) == .mismatch)
        #expect(Self.refusal(request, secret: nil) == .mismatch)
    }

    @Test("what an attacker on the way would change is refused")
    func attacks() {
        func changed(_ change: (inout SigV4Request) -> Void) -> SigV4Refusal? {
            var request = Self.call()
            change(&request)
            return Self.refusal(request)
        }
        func set(_ name: String, _ value: String, _ request: inout SigV4Request) {
            request.headers.removeAll { $0.name.lowercased() == name.lowercased() }
            request.headers.append((name, value))
        }
        #expect(changed { set("X-Amz-Target", "CloudTrail_20131101.StopLogging", &$0) } == .mismatch)
        #expect(changed { $0.headers.append(("X-Amz-Other", "1")) } == .notSigned(header: "x-amz-other"))
        #expect(changed { $0.headers.append(("Host", "b")) } == .notSigned(header: "host"))
        #expect(
            changed { $0.headers.removeAll { $0.name == "Content-Type" } }?.description.contains("is not there") == true
        )
        #expect(changed { set("x-amz-date", "20260301T101245Z", &$0) } == .mismatch)
        #expect(changed { set("x-amz-date", "20260302T101244Z", &$0) }?.description.contains("day '20260301'") == true)
        #expect(changed { $0.query = [("X-Amz-Signature", "a")] }?.description.contains("both in a header") == true)
        #expect(changed { $0.headers.append(("x-amz-security-token", "t")) } == .unknownToken)
        #expect(
            changed { $0.headers.append(("x-amz-date", "20260301T101244Z")) }?.description.contains("found 2") == true)
        #expect(changed { $0.headers.removeAll { $0.name == "authorization" } } == .missing)
        let twice = changed { request in
            request.headers += request.headers.filter { $0.name == "authorization" }
        }
        #expect(twice?.description.contains("2 Authorization headers") == true)
        for header in [
            "Bearer x", "AWS4-HMAC-SHA256 Credential=a",
            "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host",
            "AWS4-HMAC-SHA256 Credential=a/20260301/c/cloudtrail/aws4_request, SignedHeaders=HOST, Signature="
                + String(repeating: "0", count: 64),
            "AWS4-HMAC-SHA256 Credential=a/20260301/c/cloudtrail/aws4_request, SignedHeaders=host, Signature="
                + String(repeating: "G", count: 64),
            "AWS4-HMAC-SHA256 Credential=a, Credential=b, SignedHeaders=host, Signature=c",
        ] {
            guard case .malformed = changed({ set("authorization", header, &$0) }) else {
                Issue.record("taken: \(header)")
                continue
            }
        }
    }

    @Test("a signature for one service is none for another; unsigned bodies are for reading objects")
    func scopes() {
        let object = Self.call("s3") { request in
            (request.method, request.path, request.bodyHash) = ("GET", "/bucket/a%20b%2Bc", "UNSIGNED-PAYLOAD")
        }
        #expect(Self.refusal(object, service: "s3") == nil)
        #expect(Self.refusal(object)?.description.contains("service 's3', expected cloudtrail") == true)
        var lower = object
        lower.path = "/bucket/a%20b%2bc"
        #expect(Self.refusal(lower, service: "s3") == nil)
        lower.path = "/bucket/a%20b%2bd"
        #expect(Self.refusal(lower, service: "s3") == .mismatch)
        let put = Self.call("s3") { ($0.method, $0.path, $0.bodyHash) = ("PUT", "/bucket/a", "UNSIGNED-PAYLOAD") }
        #expect(Self.refusal(put, service: "s3")?.description.contains("for reading objects only") == true)
        let streamed = Self.call("s3") {
            ($0.method, $0.path, $0.bodyHash) = ("GET", "/bucket/a", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        }
        #expect(Self.refusal(streamed, service: "s3")?.description.contains("is not taken") == true)
    }

    @Test("a URL that boto3 signed reads an object for as long as it says, and at most an hour")
    func presigned() {
        // boto3 1.43: generate_presigned_url("get_object", Bucket="bucket", Key="a/b c.gz", ExpiresIn=60) at 2026-03-01T10:12:44Z.
        func request(_ change: (inout [(name: String, value: String)]) -> Void = { _ in }) -> SigV4Request {
            var query: [(name: String, value: String)] = [
                ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
                ("X-Amz-Credential", "AKIDEXAMPLE/20260301/us-east-1/s3/aws4_request"),
                ("X-Amz-Date", "20260301T101244Z"), ("X-Amz-Expires", "60"), ("X-Amz-SignedHeaders", "host"),
                ("X-Amz-Signature", "fd81030c58abd4c68dc6b283b9cef3d07a916dc2c4f8ee9ef68d2add8b44a304"),
            ]
            change(&query)
            return SigV4Request(
                method: "GET", path: "/bucket/a/b%20c.gz", query: query, headers: [("host", "127.0.0.1:4740")],
                bodyHash: SHA256.hash([]).hex)
        }
        #expect(Self.refusal(request(), service: "s3") == nil)
        #expect(Self.refusal(request(), service: "s3", now: Self.start + 59) == nil)
        #expect(
            Self.refusal(request(), service: "s3", now: Self.start + 60)
                == .expired(at: EventTime(seconds: Self.start + 60)))
        #expect(Self.refusal(request(), service: "s3", now: Self.start - 301) == .skewed(seconds: -301))
        #expect(Self.refusal(request { $0[3].value = "61" }, service: "s3") == .mismatch)
        #expect(
            Self.refusal(request { $0[3].value = "3601" }, service: "s3") == .lastsTooLong(seconds: 3_601, limit: 3_600)
        )
        #expect(Self.refusal(request { $0.append(("response-content-type", "text/html")) }, service: "s3") == .mismatch)
        for refused in [
            request { $0.append(("X-Amz-Date", "20260301T101244Z")) }, request { $0.remove(at: 3) },
            request { $0[3].value = "0" }, request { $0.append(("x-amz-signature", "0")) },
        ] {
            guard case .malformed = Self.refusal(refused, service: "s3") else {
                Issue.record("taken: \(refused.query)")
                continue
            }
        }
    }
}
