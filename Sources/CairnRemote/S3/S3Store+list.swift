package import CairnFormat
package import CairnObjects

extension S3Store {
    /// Keys that cairn could not keep anywhere (with empty parts, with control characters) are passed over, and told of.
    package func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey] {
        // As they are, for there are stores that compare keys as they encode them, and go in circles, or leave some out. But a
        // key with a character that no XML can hold, which anybody may have put there, makes such a list unreadable.
        for isEncoded in [false, true] {
            if let keys = try await inOrder(bucket, prefix, after, limit, isEncoded: isEncoded) { return keys }
        }
        throw .unavailable(
            ObjectLocation(bucket: bucket, key: (try? ObjectKey(prefix)) ?? Self.anyKey),
            reason: "the store at \(settings.endpoint.text) lists keys out of order: it is no S3")
    }

    /// Nil when the keys do not come in order, or not behind where they were to begin, or cannot be read as they are.
    private func inOrder(
        _ bucket: BucketName, _ prefix: String, _ after: String?, _ limit: Int, isEncoded: Bool
    ) async throws(ObjectError) -> [ObjectKey]? {
        var keys: [ObjectKey] = []
        var last = after
        var token: String?
        while keys.count < limit {
            let page = try await page(
                bucket, prefix: prefix, after: after, token: token, limit: min(1_000, limit - keys.count),
                isEncoded: isEncoded)
            guard let page else { return nil }
            for text in page.keys {
                if let last, !last.utf8.lexicographicallyPrecedes(text.utf8) { return nil }
                last = text
                if let key = try? ObjectKey(text) { keys.append(key) } else { onStrangeKey?(text) }
            }
            guard let next = page.next else { break }
            guard next != token else { return nil }
            token = next
        }
        return keys
    }

    private struct Page {
        var keys: [String] = []
        /// Where the next page begins; nil: this is the last.
        var next: String?
    }

    private func page(
        _ bucket: BucketName, prefix: String, after: String?, token: String?, limit: Int,
        isEncoded: Bool
    ) async throws(ObjectError) -> Page? {
        var request = S3Request(method: .get, bucket: bucket)
        request.query = [("max-keys", String(limit)), ("prefix", prefix)]
        if isEncoded { request.query.append(("encoding-type", "url")) }
        switch settings.lists {
        case .v2:
            request.query.append(("list-type", "2"))
            if let token {
                request.query.append(("continuation-token", token))
            } else if let after {
                request.query.append(("start-after", after))
            }
        case .v1:
            if let marker = token ?? after { request.query.append(("marker", marker)) }
        }
        request.answerByteCountMax = XMLReader.byteCountMax
        do throws(S3Problem) {
            let answer = try await calls.call(request)
            let document: XMLElement
            do throws(XMLProblem) { document = try XMLReader.read(answer.body) } catch {
                if !isEncoded { return nil }
                throw S3Problem(message: "a list is \(error)")
            }
            guard document.name == "ListBucketResult" else {
                throw S3Problem(message: "expected ListBucketResult, found \(document.name)")
            }
            let isEncoded = document["EncodingType"]?.text == "url"
            var page = Page()
            for entry in document.all("Contents") {
                guard let text = entry["Key"]?.text, let key = isEncoded ? Self.decoded(text) : text else {
                    throw S3Problem(message: "a list has an entry without a key that can be read")
                }
                page.keys.append(key)
            }
            if document["IsTruncated"]?.text == "true" {
                // Without a delimiter the older list goes on behind its last key.
                page.next = settings.lists == .v2 ? document["NextContinuationToken"]?.text : page.keys.last
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
