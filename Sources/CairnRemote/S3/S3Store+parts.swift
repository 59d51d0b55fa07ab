import CairnFormat
import CairnObjects

/// Objects that are put in parts. Nobody sees one before it is whole.
extension S3Store {
    func putParts(
        _ bytes: [UInt8], at location: ObjectLocation, _ headers: [(name: String, value: String)],
        _ conditions: [(name: String, value: String)], _ protected: ProtectionHeaders
    ) async throws(S3Problem) -> String {
        var begin = S3Request(method: .post, bucket: location.bucket, key: location.key)
        begin.query = [("uploads", "")]
        begin.headers = headers + [("x-amz-checksum-algorithm", "SHA256")]
        let begun = try await calls.call(begin)
        let upload = try document(begun, "InitiateMultipartUploadResult")["UploadId"]?.text ?? ""
        guard !upload.isEmpty else { throw S3Problem(message: "an upload in parts was begun without an id") }
        do throws(S3Problem) {
            try protected.check(begun.headers)
            let list = try await put(bytes, upload, location)
            var end = S3Request(method: .post, bucket: location.bucket, key: location.key)
            end.query = [("uploadId", upload)]
            end.headers = conditions
            end.body = Array("<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>".utf8)
            let etag = try document(try await calls.call(end), "CompleteMultipartUploadResult")["ETag"]?.text ?? ""
            return etag
        } catch {
            // Parts that belong to nothing cost money. Should this fail too, the bucket's life cycle removes them.
            var abort = S3Request(method: .delete, bucket: location.bucket, key: location.key)
            abort.query = [("uploadId", upload)]
            do throws(S3Problem) { _ = try await calls.call(abort) } catch {}
            throw error
        }
    }

    private func put(
        _ bytes: [UInt8], _ upload: String, _ location: ObjectLocation
    ) async throws(S3Problem) -> String {
        var list = ""
        // At most 10,000 parts: larger ones for an object that would have more.
        let size = max(settings.partByteCount, (bytes.count + 9_999) / 10_000)
        for (i, start) in stride(from: 0, to: bytes.count, by: size).enumerated() {
            var part = S3Request(method: .put, bucket: location.bucket, key: location.key)
            part.query = [("partNumber", String(i + 1)), ("uploadId", upload)]
            part.body = Array(bytes[start..<min(start + size, bytes.count)])
            let checksum = Self.checksum(of: part.body)
            part.headers = [checksum]
            let etag = Self.etag(try await calls.call(part).headers)
            list +=
                "<Part><PartNumber>\(i + 1)</PartNumber><ETag>\(etag)</ETag><ChecksumSHA256>\(checksum.value)</ChecksumSHA256></Part>"
        }
        return list
    }

    /// The document of an answer; one that says an error under a status of success is that error.
    private func document(_ answer: S3Calls.Answer, _ name: String) throws(S3Problem) -> XMLElement {
        let document: XMLElement
        do throws(XMLProblem) { document = try XMLReader.read(answer.body) } catch {
            throw S3Problem(message: "\(error)")
        }
        if document.name == "Error" { throw S3Problem(status: 500, body: answer.body, bucketRegion: nil) }
        guard document.name == name else { throw S3Problem(message: "expected \(name), found \(document.name)") }
        return document
    }
}
