import CairnFormat
import CairnNative

/// What comes over a network before anybody is known.
extension FuzzTarget {
    /// A request whose signature nobody made is refused, whatever it says: lines of a request are the input, the first its
    /// method, path and query.
    static let signatures = FuzzTarget(name: "signatures") { (input) throws(Broken) in
        var lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        let first = lines.removeFirst().split(separator: " ", maxSplits: 1).map(String.init)
        let target = (first.count > 1 ? first[1] : "/").split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false
        ).map(String.init)
        guard let query = SigV4Request.query(target.count > 1 ? target[1] : "") else { return }
        let headers = lines.map { line -> (name: String, value: String) in
            let name = String(line.prefix { $0 != ":" })
            return (name, String(line.dropFirst(name.count + 1)))
        }
        let request = SigV4Request(
            method: first.first ?? "GET", path: target.first ?? "/", query: query, headers: headers,
            bodyHash: SHA256.hash([]).hex)
        for service in ["cloudtrail", "s3"] {
            let claim: SigV4Claim
            do throws(SigV4Refusal) { claim = try SigV4Claim(request, service: service) } catch {
                if error == .mismatch { throw Broken("a claim that nobody compared with anything does not match") }
                continue
            }
            do throws(SigV4Refusal) {
                try claim.verify(request, secretAccessKey: Self.secret, stranger: Self.secret, now: 1_772_359_964)
            } catch { continue }
            throw Broken("a signature that was made up is taken: \(request)")
        }
    }

    /// Nobody's: an input that is signed by it would have to be found.
    private static let secret = KeyMaterial(Secret(Array("what no fuzzer knows".utf8).span))

    /// A document that is read is the same when it is written and read again, and no deeper than is allowed.
    static let xml = FuzzTarget(name: "xml") { (input) throws(Broken) in
        guard let root = try? XMLReader.read(input) else { return }
        guard depth(root) <= XMLReader.depthMax else { throw Broken("deeper than \(XMLReader.depthMax)") }
        let text = written(root)
        // Escapes take more room than what they stand for.
        guard text.utf8.count <= XMLReader.byteCountMax else { return }
        guard let again = try? XMLReader.read(Array(text.utf8)), again == root else {
            throw Broken("another document when it is written and read again")
        }
    }

    private static func depth(_ element: XMLElement) -> Int { 1 + (element.children.map(depth).max() ?? 0) }

    private static func written(_ element: XMLElement) -> String {
        // Scalar by scalar: to Swift a mark with an accent is another letter.
        let text = element.text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            default: String(scalar)
            }
        }.joined()
        return "<\(element.name)>\(text)\(element.children.map(written).joined())</\(element.name)>"
    }
}
