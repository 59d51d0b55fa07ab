import CairnFormat
import CairnObjects
import CairnSystem
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// The XML documents of S3.
enum ObjectDocument {
    private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private static let space = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""
    private static let owner = "<Owner><ID>cairn</ID><DisplayName>cairn</DisplayName></Owner>"

    // MARK: Answers

    static func buckets(_ buckets: [(name: BucketName, modifiedAt: Timestamp)]) -> String {
        let list = buckets.map {
            "<Bucket><Name>\($0.name)</Name><CreationDate>\($0.modifiedAt.iso8601)</CreationDate></Bucket>"
        }.joined()
        return head + "<ListAllMyBucketsResult\(space)>\(owner)<Buckets>\(list)</Buckets></ListAllMyBucketsResult>"
    }

    /// An empty location is us-east-1.
    static func location(_ region: Region) -> String {
        head
            + (region == .usEast1
                ? "<LocationConstraint\(space)/>" : "<LocationConstraint\(space)>\(region)</LocationConstraint>")
    }

    /// - Parameter sizes: what objects have for this reader, where that is not what is stored.
    static func list(_ listing: ObjectOperation.Listing, _ page: BucketPage, sizes: [ObjectKey: Int]) -> String {
        func name(_ text: String) -> String {
            escaped(listing.isURLEncoded ? SigV4Request.encoded(text, keepsSlash: true) : text)
        }
        var text = head + "<ListBucketResult\(space)><Name>\(listing.bucket)</Name>"
        text += "<Prefix>\(name(listing.query.prefix))</Prefix>"
        if listing.isVersion2 {
            text += "<KeyCount>\(page.count)</KeyCount>"
            if let token = listing.token { text += "<ContinuationToken>\(escaped(token))</ContinuationToken>" }
            if let next = page.next { text += "<NextContinuationToken>\(token(ofKey: next))</NextContinuationToken>" }
            if let after = listing.startAfter { text += "<StartAfter>\(name(after))</StartAfter>" }
        } else {
            text += "<Marker>\(name(listing.marker))</Marker>"
            // As S3: without a delimiter the last key is where the next page begins.
            if let next = page.next, !listing.query.delimiter.isEmpty {
                text += "<NextMarker>\(name(next))</NextMarker>"
            }
        }
        text += "<MaxKeys>\(listing.query.limit)</MaxKeys>"
        if !listing.query.delimiter.isEmpty { text += "<Delimiter>\(name(listing.query.delimiter))</Delimiter>" }
        if listing.isURLEncoded { text += "<EncodingType>url</EncodingType>" }
        text += "<IsTruncated>\(page.next != nil)</IsTruncated>"
        for entry in page.entries {
            text +=
                "<Contents><Key>\(name(entry.key.text))</Key><LastModified>\(entry.modifiedAt.iso8601)</LastModified>"
                + "<ETag>&quot;\(entry.etag)&quot;</ETag><Size>\(sizes[entry.key] ?? entry.byteCount)</Size>"
                + (listing.isVersion2 ? "" : owner) + "<StorageClass>STANDARD</StorageClass></Contents>"
        }
        for common in page.commonPrefixes {
            text += "<CommonPrefixes><Prefix>\(name(common))</Prefix></CommonPrefixes>"
        }
        return text + "</ListBucketResult>"
    }

    static func response(_ text: String, _ id: UniqueID, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: headers(id, contentType: "application/xml"),
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Headers of every answer: what comes from here is data, and no page of anybody's.
    static func headers(_ id: UniqueID, contentType: String?) -> HTTPFields {
        var headers = HTTPFields()
        if let contentType { headers[.contentType] = contentType }
        for (name, value) in [
            ("x-amz-request-id", id.text), ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return headers
    }

    // MARK: Refusals

    /// - Parameter path: of the request, without what stands in its query: a signature may.
    static func refusal(_ failure: ServiceFailure, path: String, _ id: UniqueID, isHead: Bool) -> Response {
        let resource = path.prefix { $0 != "?" }.prefix(1_100)
        let text =
            head + "<Error><Code>\(failure.code)</Code><Message>\(escaped(failure.message))</Message>"
            + "<Resource>\(escaped(String(resource)))</Resource><RequestId>\(id)</RequestId></Error>"
        let status = HTTPResponse.Status(code: failure.status)
        guard isHead else { return response(text, id, status: status) }
        return Response(status: status, headers: headers(id, contentType: nil))
    }

    // MARK: Tokens and escapes

    static func token(ofKey key: String) -> String { Data(key.utf8).base64EncodedString() }

    static func key(ofToken token: String) -> String? {
        Data(base64Encoded: token).flatMap { String(validating: $0, as: UTF8.self) }
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case _ where scalar.value < 0x20 && scalar.value != 0x09 && scalar.value != 0x0A:
                // No document of XML 1.0 can say it.
                result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
