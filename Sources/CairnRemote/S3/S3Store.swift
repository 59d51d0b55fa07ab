import CairnFormat
import CairnNative
package import CairnObjects
package import CairnSystem
import FoundationEssentials
import NIOHTTP1

/// Buckets in S3, or in a store that speaks like it.
///
/// The etag is the store's own. Each put carries the SHA-256 of its bytes, which the store checks and keeps; what is read is
/// held against the checksum that comes with it.
package struct S3Store: ObjectStore {
    let calls: S3Calls
    private let holding = SeenBuckets()
    private let deciding = SeenBuckets()
    /// Is told of each key in a listing that cairn could not keep anywhere.
    package var onStrangeKey: (@Sendable (String) -> Void)?
    var settings: S3Settings { calls.settings }

    /// - Throws: ``CredentialsProblem`` when what the settings name cannot be used.
    package init(
        _ settings: S3Settings, credentials: CredentialsChain, time: any TimeSource, random: any RandomSource
    ) throws(CredentialsProblem) {
        do throws(S3Problem) {
            calls = try S3Calls(settings, credentials: credentials, time: time, random: random)
        } catch { throw CredentialsProblem(error.description) }
    }

    package func close() async { await calls.close() }

    // MARK: Putting

    @discardableResult
    package func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?
    ) async throws(ObjectError) -> String {
        do throws(ObjectError) {
            if settings.puts == .checked, try await isThere(location) { throw ObjectError.exists(location) }
            let etag = try await write(bytes, at: location, metadata, protection, condition: ("if-none-match", "*"))
            if settings.puts == .conditional { try await checkDecides(location, bytes, metadata, protection) }
            return etag
        } catch {
            // What stands there may be ours, of an attempt whose answer was lost: who asked reads it back.
            if case .changed = error { throw .exists(location) }
            throw error
        }
    }

    @discardableResult
    package func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?,
        ifETag: String
    ) async throws(ObjectError) -> String {
        if settings.puts == .checked, try await head(location).etag != ifETag { throw .changed(location) }
        return try await write(bytes, at: location, metadata, protection, condition: ("if-match", ifETag))
    }

    /// Whether the store takes conditions for what they are: one that passes them over would overwrite whatever stands at a name.
    /// The first put into a bucket is done once more, which must be refused; seen once, it is believed.
    private func checkDecides(
        _ location: ObjectLocation, _ bytes: [UInt8], _ metadata: [String: String], _ protection: ObjectProtection?
    ) async throws(ObjectError) {
        if deciding.has(location.bucket) { return }
        do throws(ObjectError) {
            _ = try await write(bytes, at: location, metadata, protection, condition: ("if-none-match", "*"))
        } catch {
            if case .changed = error { deciding.add(location.bucket) }
            // What fails otherwise tells nothing; the next put asks again.
            return
        }
        throw .denied(
            location,
            reason:
                "the store at \(settings.endpoint.text) takes If-None-Match and overwrites all the same: say --s3-puts checked"
        )
    }

    private func isThere(_ location: ObjectLocation) async throws(ObjectError) -> Bool {
        do throws(ObjectError) { _ = try await head(location) } catch {
            if case .notFound = error { return false }
            throw error
        }
        return true
    }

    /// Puts an object, whole or in parts; what is there under a store that knows no conditions is read back.
    private func write(
        _ bytes: [UInt8], at location: ObjectLocation, _ metadata: [String: String],
        _ protection: ObjectProtection?, condition: (name: String, value: String)
    ) async throws(ObjectError) -> String {
        let protected = ProtectionHeaders(protection)
        let headers =
            MetadataHeaders.headers(metadata) + ContentHeaders.headers(of: bytes, location.key) + protected.headers
        let conditions = settings.puts == .conditional ? [condition] : []
        let etag: String
        do throws(S3Problem) {
            if protection?.hold != nil { try await checkHolds(location.bucket) }
            if bytes.count < settings.partsFromByteCount {
                var request = S3Request(method: .put, bucket: location.bucket, key: location.key)
                request.headers = headers + conditions + [Self.checksum(of: bytes)]
                request.body = bytes
                let answer = try await calls.call(request)
                try protected.check(answer.headers)
                etag = Self.etag(answer.headers)
            } else {
                etag = try await putParts(bytes, at: location, headers, conditions, protected)
            }
        } catch { throw error.meaning(location, settings.endpoint.text) }
        if settings.puts == .checked {
            let there = try await get(location, limit: bytes.count)
            guard there.bytes == bytes, there.head.metadata == metadata else { throw .changed(location) }
            return there.head.etag
        }
        guard !etag.isEmpty else {
            throw .unavailable(location, reason: "\(settings.endpoint.text) answers a put with no etag, or with two")
        }
        return etag
    }

    /// Whether the bucket holds objects as it is asked to; seen once, it is believed for good: Object Lock cannot be switched off.
    private func checkHolds(_ bucket: BucketName) async throws(S3Problem) {
        if holding.has(bucket) { return }
        var request = S3Request(method: .get, bucket: bucket, key: nil)
        request.query = [("object-lock", "")]
        let answer: S3Calls.Answer
        do throws(S3Problem) { answer = try await calls.call(request) } catch {
            guard (400...499).contains(error.status), !error.mayPass else { throw error }
            throw S3Problem(
                status: 403, code: error.code,
                message:
                    "\(error.message) (asked for the bucket's Object Lock, which the trail wants: the bucket needs it, and the "
                    + "credentials s3:GetBucketObjectLockConfiguration, s3:PutObjectRetention and s3:GetObjectRetention)"
            )
        }
        let state = (try? XMLReader.read(answer.body))?["ObjectLockEnabled"]?.text
        guard state == "Enabled" else {
            throw S3Problem(
                status: 403, code: "CairnNoObjectLock",
                message: "Object Lock of the bucket is \(state ?? "not there"), and the trail wants its objects held")
        }
        holding.add(bucket)
    }

    static func checksum(of bytes: [UInt8]) -> (name: String, value: String) {
        ("x-amz-checksum-sha256", Data(SHA256.hash(bytes).array).base64EncodedString())
    }

    /// Empty when the answer names none, or several that differ: nobody knows then which object it speaks of.
    static func etag(_ headers: HTTPHeaders) -> String {
        let named = Set(headers["etag"])
        return named.count == 1 ? named.first ?? "" : ""
    }

    // MARK: Reading

    package func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject {
        var request = S3Request(method: .get, bucket: location.bucket, key: location.key)
        request.headers = [("x-amz-checksum-mode", "ENABLED")]
        request.answerByteCountMax = limit
        let answer = try await read(request, location, limit)
        try Self.check(answer, location)
        return StoredObject(bytes: answer.body, head: try head(answer.headers, location, byteCount: answer.body.count))
    }

    package func get(
        _ location: ObjectLocation, range: Range<Int>, ifETag: String
    ) async throws(ObjectError) -> [UInt8] {
        guard !range.isEmpty else {
            guard try await head(location).etag == ifETag else { throw .changed(location) }
            return []
        }
        var request = S3Request(method: .get, bucket: location.bucket, key: location.key)
        request.headers = [("if-match", ifETag), ("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
        request.answerByteCountMax = range.count
        let answer = try await read(request, location, range.count)
        // A store that knows no conditions answers what is there.
        guard answer.body.count == range.count, Self.etag(answer.headers) == ifETag else { throw .changed(location) }
        return answer.body
    }

    package func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead {
        let request = S3Request(method: .head, bucket: location.bucket, key: location.key)
        let answer = try await read(request, location, 0)
        guard let length = answer.headers.first(name: "content-length").flatMap({ Int($0) }) else {
            throw .unavailable(location, reason: "\(settings.endpoint.text) says no length of it")
        }
        return try head(answer.headers, location, byteCount: length)
    }

    private func read(
        _ request: S3Request, _ location: ObjectLocation, _ limit: Int
    ) async throws(ObjectError) -> S3Calls.Answer {
        do throws(S3Problem) { return try await calls.call(request) } catch {
            if error.code == S3Calls.tooLarge {
                throw .tooLarge(location, byteCount: Int(error.message) ?? limit + 1, limit: limit)
            }
            // A range behind the end: it is another object than the one whose size was seen.
            if error.status == 416 { throw .changed(location) }
            throw error.meaning(location, settings.endpoint.text)
        }
    }

    private func head(
        _ headers: HTTPHeaders, _ location: ObjectLocation, byteCount: Int
    ) throws(ObjectError) -> ObjectHead {
        let etag = Self.etag(headers)
        guard !etag.isEmpty else {
            throw .unavailable(location, reason: "\(settings.endpoint.text) names no etag of it, or two")
        }
        return ObjectHead(
            etag: etag, byteCount: byteCount, metadata: MetadataHeaders.metadata(headers),
            keeping: ProtectionHeaders.keeping(headers))
    }

    /// What was read must be what the store's checksum of the whole object says.
    private static func check(_ answer: S3Calls.Answer, _ location: ObjectLocation) throws(ObjectError) {
        // That of an object that was put in parts is one of the parts' checksums, and says so by its number.
        guard let expected = answer.headers.first(name: "x-amz-checksum-sha256"), !expected.contains("-") else {
            return
        }
        let found = checksum(of: answer.body).value
        guard found == expected else {
            throw .unavailable(
                location,
                reason: "what came is not what the store keeps: SHA-256 \(found), its checksum says \(expected)")
        }
    }
}
