import CairnFormat
import CairnNative
import Foundation
import Testing

/// AWS's signing test suite; see Vectors/README.md.
@Suite("Requests are signed as AWS signs them")
struct SigV4SignerTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/sigv4")

    static let cases: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []).sorted()

    struct Context: Decodable {
        struct Credentials: Decodable {
            var accessKeyId, secretAccessKey: String
            var token: String?
        }
        var credentials: Credentials
        var normalize, signBody: Bool
        var region, service, timestamp: String
        var omitSessionToken: Bool?
    }

    @Test("all of the suite is there") func count() { #expect(Self.cases.count == 38) }

    @Test("canonical request, string to sign and signature, byte for byte", arguments: cases)
    func vector(_ name: String) throws {
        func text(_ file: String) throws -> String { try Self.text(name, file) }
        let context = try Self.context(name)
        let signer = SigV4Signer(
            SigV4Credentials(
                accessKeyID: context.credentials.accessKeyId,
                secretAccessKey: KeyMaterial(Secret(Array(context.credentials.secretAccessKey.utf8).span)),
                sessionToken: context.omitSessionToken == true ? nil : context.credentials.token),
            region: context.region, service: context.service, normalizesPath: context.normalize,
            namesBodyHash: context.signBody)
        let time = try #require(EventTime(iso8601: Array(context.timestamp.utf8)))
        let signature = signer.sign(Self.request(try text("request.txt")), at: time.seconds)
        #expect(signature.canonicalRequest == (try text("header-canonical-request.txt")))
        #expect(signature.stringToSign == (try text("header-string-to-sign.txt")))
        #expect(signature.signature == (try text("header-signature.txt")))
    }

    static func text(_ name: String, _ file: String) throws -> String {
        let text = try String(contentsOf: folder.appending(path: "\(name)/\(file)"), encoding: .utf8)
        return text.replacing("\r\n", with: "\n")
    }

    static func context(_ name: String) throws -> Context {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Context.self, from: Data(try text(name, "context.json").utf8))
    }

    /// Reads a request as the suite writes it: raw, lines folded in headers.
    static func request(_ text: String) -> SigV4Request {
        let parts = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        var lines = parts[0].split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        let first = lines.removeFirst()
        let method = String(first.prefix { $0 != " " })
        let target = String(first.dropFirst(method.count + 1).dropLast(" HTTP/1.1".count))
        let pieces = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        var headers: [(name: String, value: String)] = []
        for line in lines {
            if line.hasPrefix(" "), let last = headers.popLast() {
                headers.append((last.name, last.value + "\n" + line))
            } else {
                let name = String(line.prefix { $0 != ":" })
                headers.append((name, String(line.dropFirst(name.count + 1))))
            }
        }
        let query = (pieces.count > 1 ? pieces[1] : "").split(separator: "&").map {
            pair -> (name: String, value: String) in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                String($0).removingPercentEncoding ?? String($0)
            }
            return (halves[0], halves.count > 1 ? halves[1] : "")
        }
        let body = parts.count > 1 ? String(parts[1]) : ""
        return SigV4Request(
            method: method, path: pieces[0], query: query, headers: headers,
            bodyHash: SHA256.hash(Array(body.utf8)).hex)
    }

    @Test("S3's paths are signed as they are sent, and its bodies are named")
    func s3() {
        let credentials = SigV4Credentials(
            accessKeyID: "A", secretAccessKey: KeyMaterial(Secret(Array("s".utf8).span)), sessionToken: nil)
        let signature = SigV4Signer(credentials, region: "us-east-1", service: "s3").sign(
            SigV4Request(
                method: "GET", path: "/a%20b/../c//d", headers: [("host", "h")], bodyHash: "UNSIGNED-PAYLOAD"),
            at: 0)
        #expect(
            signature.canonicalRequest
                == "GET\n/a%20b/../c//d\n\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:19700101T000000Z\n\n"
                + "host;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD")
    }
}
