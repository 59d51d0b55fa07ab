import CairnCatalog
package import CairnFormat
package import CairnKeys
import CairnNative
package import CairnObjects
import CairnSystem
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The embedded buckets as S3's clients read them. Who may decrypt gets encrypted log files in clear, everybody else what is
/// stored; sizes are those of what is given out.
package struct ObjectService: Sendable {
    /// The most reads at a time: each holds a piece of a file.
    private static let readCountMax = 64
    private static let pieceByteCount = 1 << 20
    /// What is read of a file to see its header.
    private static let headByteCount = 4 << 10
    /// What is read of a file that is to be answered: most are no larger.
    private static let startByteCount = 256 << 10

    private let files: BucketFiles
    private let keys: any KeyService
    private let region: Region
    private let onDecrypt: @Sendable (DecryptingRead) async throws(DoorError) -> Void
    private let gauge = ReadGauge(limit: ObjectService.readCountMax)

    /// - Parameters:
    ///   - region: where the buckets are said to be.
    ///   - onDecrypt: writes down that somebody reads in clear; nothing is given out before it returns.
    package init(
        files: BucketFiles, keys: any KeyService, region: Region,
        onDecrypt: @escaping @Sendable (DecryptingRead) async throws(DoorError) -> Void
    ) {
        (self.files, self.keys, self.region, self.onDecrypt) = (files, keys, region, onDecrypt)
    }

    func answer(_ request: ServiceRequest, _ caller: Caller) async throws(ServiceFailure) -> Response {
        let rights = ReadRights(principal: caller.principal)
        let operation = try ObjectOperation(request)
        try rights.check(.read)
        switch operation {
        case .listBuckets:
            return ObjectDocument.response(
                ObjectDocument.buckets(try await reading { () throws(ObjectError) in try await files.buckets() }),
                caller.requestID)
        case .headBucket(let bucket):
            try await check(bucket)
            var headers = ObjectDocument.headers(caller.requestID, contentType: nil)
            Self.add(("x-amz-bucket-region", region.name), to: &headers)
            return Response(status: .ok, headers: headers)
        case .location(let bucket):
            try await check(bucket)
            return ObjectDocument.response(ObjectDocument.location(region), caller.requestID)
        case .list(let listing):
            try rights.checkAccount(of: listing.query.prefix)
            return try await list(listing, caller)
        case .get(let location), .head(let location):
            try rights.checkAccount(of: location.key.text)
            return try await read(location, request, caller)
        }
    }

    private func check(_ bucket: BucketName) async throws(ServiceFailure) {
        guard try await reading({ () throws(ObjectError) in try await files.hasBucket(bucket) }) else {
            throw Self.noBucket
        }
    }

    private static let noBucket = ServiceFailure(404, "NoSuchBucket", "there is no such embedded bucket")

    // MARK: Listings

    private func list(
        _ listing: ObjectOperation.Listing, _ caller: Caller
    ) async throws(ServiceFailure) -> Response {
        var query = listing.query
        if caller.principal.may(.decrypt) { query.startByteCount = Self.headByteCount }
        let page = try await reading { () throws(ObjectError) in try await files.list(listing.bucket, query) }
        guard let page else { throw Self.noBucket }
        var sizes: [ObjectKey: Int] = [:]
        for entry in page.entries {
            if let encrypted = Encrypted(entry) { sizes[entry.key] = encrypted.layout.byteCount }
        }
        return ObjectDocument.response(ObjectDocument.list(listing, page, sizes: sizes), caller.requestID)
    }

    // MARK: Objects

    private func read(
        _ location: ObjectLocation, _ request: ServiceRequest, _ caller: Caller
    ) async throws(ServiceFailure) -> Response {
        let isHead = request.method == "HEAD"
        let startByteCount = isHead ? Self.headByteCount : Self.startByteCount
        let found = try await reading { () throws(ObjectError) in
            try await files.open(location, startByteCount: startByteCount)
        }
        guard let file = found else {
            try await check(location.bucket)
            throw ServiceFailure(404, "NoSuchKey", "there is no such object")
        }
        let encrypted = caller.principal.may(.decrypt) ? Encrypted(file.entry) : nil
        let byteCount = encrypted?.layout.byteCount ?? file.entry.byteCount
        var headers = headers(of: file, isClear: encrypted != nil, caller)
        switch ReadConditions(request).verdict(etag: file.entry.etag, modifiedAt: file.entry.modifiedAt) {
        case .failed: throw ServiceFailure(412, "PreconditionFailed", "a condition of the request does not hold")
        case .notModified:
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        case .read: break
        }
        let range = try ReadConditions(request).range(of: byteCount)
        let part = range ?? 0..<byteCount
        if range != nil { headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(byteCount)" }
        headers[.contentLength] = String(part.count)
        let status: HTTPResponse.Status = range == nil ? .ok : .partialContent
        if isHead { return Response(status: status, headers: headers) }
        guard let ticket = gauge.enter() else {
            throw ServiceFailure(
                503, "SlowDown", "\(Self.readCountMax) objects are read at this moment, and no more: send again")
        }
        let body: ResponseBody
        if let encrypted {
            let reader = try await open(encrypted, file, location, part, caller)
            body = ResponseBody(contentLength: part.count) { writer in
                for piece in reader.pieces(of: part, byteCount: Self.pieceByteCount) {
                    try await writer.write(ByteBuffer(bytes: try await reader.read(piece)))
                }
                withExtendedLifetime(ticket) {}
                try await writer.finish(nil)
            }
        } else {
            body = ResponseBody(contentLength: part.count) { writer in
                var at = part.lowerBound
                while at < part.upperBound {
                    let piece = at..<min(at + Self.pieceByteCount, part.upperBound)
                    try await writer.write(ByteBuffer(bytes: try await file.read(piece, location)))
                    at = piece.upperBound
                }
                withExtendedLifetime(ticket) {}
                try await writer.finish(nil)
            }
        }
        return Response(status: status, headers: headers, body: body)
    }

    private func headers(of file: BucketFile, isClear: Bool, _ caller: Caller) -> HTTPFields {
        // Log files and digests are JSON in gzip; whoever reads one as it is encrypted has bytes.
        let isGzip = isClear || file.entry.start.starts(with: [0x1F, 0x8B])
        var headers = ObjectDocument.headers(
            caller.requestID, contentType: isGzip ? "application/json" : "application/octet-stream")
        if isGzip { headers[.contentEncoding] = "gzip" }
        headers[.eTag] = "\"\(file.entry.etag)\""
        headers[.lastModified] = HTTPDate.text(file.entry.modifiedAt.seconds)
        headers[.acceptRanges] = "bytes"
        for (name, value) in file.metadata.sorted(by: { $0.key < $1.key }) {
            Self.add((MetadataText.prefix + name, MetadataText.encoded(value)), to: &headers)
        }
        return headers
    }

    private static func add(_ header: (name: String, value: String), to headers: inout HTTPFields) {
        // A name that HTTP does not allow is left out: it was not written by cairn.
        if let name = HTTPField.Name(header.name) { headers[name] = header.value }
    }

    // MARK: Encrypted files

    /// An encrypted file's beginning, and where its frames are.
    private struct Encrypted: Sendable {
        let start: [UInt8]
        let layout: EncryptedLayout

        /// Nil when the file is not encrypted, or nobody asked.
        init?(_ entry: BucketEntry) {
            guard entry.start.first == EncryptedHeader.version,
                let layout = EncryptedLayout(start: entry.start, fileByteCount: entry.byteCount)
            else { return nil }
            (start, self.layout) = (entry.start, layout)
        }
    }

    /// Opens an encrypted file for somebody, once that is written down.
    private func open(
        _ encrypted: Encrypted, _ file: BucketFile, _ location: ObjectLocation, _ part: Range<Int>, _ caller: Caller
    ) async throws(ServiceFailure) -> DecryptedObject {
        func denied(_ reason: String) -> ServiceFailure {
            ServiceFailure(403, "AccessDenied", "\(location) cannot be read in clear: \(reason)")
        }
        let reader: EncryptedFileReader
        let header: EncryptedHeader
        do throws(EncryptedFileProblem) { header = try EncryptedHeader.parse(encrypted.start).header } catch {
            throw denied("\(error)")
        }
        let bound = header.context["aws:s3:arn"] ?? ""
        guard
            bound.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).last.map({ "\($0)" })
                == "\(location)"
        else { throw denied("it is bound to '\(bound)'") }
        guard let wrap = header.dataKeys.first, header.dataKeys.count == 1 else {
            throw denied("it has \(header.dataKeys.count) wrapped keys, and files of cairn have one")
        }
        do throws(KeyError) {
            let key = try await keys.open(wrap, context: header.context)
            do throws(EncryptedFileProblem) {
                reader = try EncryptedFileReader(start: encrypted.start, dataKey: key)
            } catch {
                throw KeyError.refused("\(error)")
            }
        } catch { throw denied("\(error)") }
        let read = DecryptingRead(
            caller: caller, location: location, keyVersion: "\(wrap)", byteCount: part.count,
            account: header.context["account"].flatMap { try? AccountID($0) })
        do throws(DoorError) { try await onDecrypt(read) } catch {
            throw ServiceFailure(
                503, "ServiceUnavailable", "the read cannot be recorded, so it is not done: \(error.description)")
        }
        return DecryptedObject(file: file, location: location, layout: encrypted.layout, reader: reader)
    }

    // MARK: Failures

    private func reading<Found: Sendable>(
        _ body: () async throws(ObjectError) -> Found
    ) async throws(ServiceFailure) -> Found {
        do throws(ObjectError) { return try await body() } catch {
            throw ServiceFailure(503, "ServiceUnavailable", error.description)
        }
    }
}
