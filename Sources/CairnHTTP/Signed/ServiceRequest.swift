import CairnFormat
import HTTPTypes
import Hummingbird

/// A signed request as the services behind it see it.
package struct ServiceRequest: Sendable {
    package let method: String
    /// As it came, percent-encoded.
    package let path: String
    /// Decoded, in the order in which they came.
    package let query: [(name: String, value: String)]
    /// Names in lower case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package init(
        method: String, path: String, query: [(name: String, value: String)],
        headers: [(name: String, value: String)], body: [UInt8] = []
    ) {
        (self.method, self.path, self.query, self.headers, self.body) = (method, path, query, headers, body)
    }

    /// Nil when its URL is no text.
    init?(_ request: Request, body: [UInt8]) {
        let target = request.head.path ?? "/"
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let query = SigV4Request.query(parts.count > 1 ? parts[1] : ""), SigV4Request.decoded(parts[0]) != nil
        else { return nil }
        method = request.method.rawValue
        path = parts[0]
        self.query = query
        var headers = request.headers.map { (name: $0.name.canonicalName, value: $0.value) }
        if let host = request.head.authority { headers.append((name: "host", value: host)) }
        self.headers = headers
        self.body = body
    }

    /// The same with its body.
    func with(body: [UInt8]) -> ServiceRequest {
        ServiceRequest(method: method, path: path, query: query, headers: headers, body: body)
    }

    /// The first value of a header.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The first value of a parameter of the URL.
    package func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// As signatures see it.
    ///
    /// - Parameter bodyHash: lower-case hex.
    func signed(bodyHash: String) -> SigV4Request {
        SigV4Request(method: method, path: path, query: query, headers: headers, bodyHash: bodyHash)
    }

    /// Whether somebody signed a request, rightly or not.
    static func isSigned(_ request: Request) -> Bool {
        if request.headers[.authorization]?.hasPrefix("AWS4-") == true { return true }
        return request.head.path?.split(separator: "?", maxSplits: 1).dropFirst().first?.contains("X-Amz-") == true
    }

    /// Whether something is read at a path that begins with what may be the name of a bucket, or is that of all of them.
    static func readsBucket(_ request: Request) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        let path = (request.head.path ?? "/").dropFirst().prefix { $0 != "?" }
        let name = path.split(separator: "/", omittingEmptySubsequences: false).first.map(String.init) ?? ""
        return path.isEmpty || (try? BucketName(name)) != nil
    }

    /// The service that its signature is for, before anybody knows whether it is true; nil when it names none.
    var claimedService: String? {
        let credential =
            header("authorization").flatMap { $0.split(separator: "Credential=").dropFirst().first }
            ?? parameter("X-Amz-Credential").map { $0[...] }
        return credential?.prefix { $0 != "," && $0 != " " }.split(separator: "/").dropFirst(3).first.map(String.init)
    }
}
