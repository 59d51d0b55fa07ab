package import CairnFormat
package import CairnObjects

extension S3Store {
    /// Keys that cairn could not keep anywhere (with empty parts, with control characters) are passed over, and told of.
    package func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey] {
        var keys: [ObjectKey] = []
        var last = after
        while keys.count < limit {
            let page = try await page(bucket, prefix: prefix, after: last, limit: min(1_000, limit - keys.count))
            for text in page.keys {
                if let key = try? ObjectKey(text) { keys.append(key) } else { onStrangeKey?(text) }
            }
            guard page.isCutShort, let end = page.keys.last else { break }
            last = end
        }
        return keys
    }

    private struct Page {
        var keys: [String] = []
        var isCutShort = false
    }

    private func page(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> Page {
        var request = S3Request(method: .get, bucket: bucket)
        request.query = [
            ("list-type", "2"), ("encoding-type", "url"), ("max-keys", String(limit)), ("prefix", prefix),
        ]
        if let after { request.query.append(("start-after", after)) }
        request.answerByteCountMax = XMLReader.byteCountMax
        do throws(S3Problem) {
            let answer = try await calls.call(request)
            let document: XMLElement
            do throws(XMLProblem) { document = try XMLReader.read(answer.body) } catch {
                throw S3Problem(message: "a list is \(error)")
            }
            guard document.name == "ListBucketResult" else {
                throw S3Problem(message: "expected ListBucketResult, found \(document.name)")
            }
            let isEncoded = document["EncodingType"]?.text == "url"
            var page = Page(isCutShort: document["IsTruncated"]?.text == "true")
            for entry in document.all("Contents") {
                guard let text = entry["Key"]?.text, let key = isEncoded ? Self.decoded(text) : text else {
                    throw S3Problem(message: "a list has an entry without a key that can be read")
                }
                page.keys.append(key)
            }
            return page
        } catch {
            if error.code == "NoSuchBucket" { return Page() }
            // There is no key to name.
            let key = (try? ObjectKey(prefix)) ?? Self.anyKey
            throw error.meaning(ObjectLocation(bucket: bucket, key: key), settings.endpoint.text)
        }
    }

    private static var anyKey: ObjectKey {
        guard let key = try? ObjectKey("*") else { preconditionFailure("a star is a key") }
        return key
    }

    /// What `encoding-type=url` made of a key: `+` is a space.
    static func decoded(_ text: String) -> String? {
        let plus = UInt8(ascii: "+")
        return SigV4Request.decoded(
            String(decoding: text.utf8.map { $0 == plus ? UInt8(ascii: " ") : $0 }, as: UTF8.self))
    }
}
