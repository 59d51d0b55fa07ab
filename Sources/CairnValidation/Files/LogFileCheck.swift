import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects

/// Checks log files: their stored bytes, how they are compressed, what they hold.
struct LogFileCheck: Sendable {
    /// Files up to these sizes are read whole; larger ones pass through in pieces.
    static let wholeByteCountMax = 3 << 20
    static let wholeContentByteCountMax = 4 << 20
    private static let pieceByteCount = 256 << 10
    /// What is inflated at once: a hostile file gives a thousand times as much.
    private static let sliceByteCount = 8 << 10
    private static let contentByteCountMax = 1 << 40

    let archive: Archive
    /// Opens encrypted files; nil: nobody can.
    let keys: (any KeyService)?
    /// The latest moment that a file may say it was compressed at, in seconds since 1970.
    let now: Int64

    /// - Parameters:
    ///   - lane: the lane whose digest lists the file.
    ///   - since: the earliest moment that the file may say it was compressed at.
    func check(
        _ file: ListedFile, at location: ObjectLocation, of lane: LaneName, since: Int64, _ workspace: Workspace
    ) async -> FileOutcome {
        let name = "s3://\(location)"
        let object: ArchiveObject
        do throws(ArchiveProblem) { object = try await archive.open(location) } catch {
            return Self.unreadable(error, name)
        }
        guard let wanted = SHA256Hash(hex: file.hash) else {
            return FileOutcome(
                .invalid,
                Finding(
                    .logAltered, name, expected: file.hash, found: "no SHA-256 in lower-case hex",
                    "the digest gives no hash that could be compared"))
        }
        do throws(ArchiveProblem) {
            let trailer = try await object.read(at: max(0, object.byteCount - 4), count: 4)
            let size = trailer.reversed().reduce(0) { $0 << 8 | Int($1) }
            let start = try await object.read(at: 0, count: 1)
            let isSmall = start.first == 2 || size <= Self.wholeContentByteCountMax
            if object.byteCount <= Self.wholeByteCountMax, isSmall {
                return await whole(try await object.readAll(), file, wanted, name, location, lane, since, workspace)
            }
            return try await inPieces(object, file, wanted, name, location, lane, since, workspace)
        } catch { return Self.unreadable(error, name) }
    }

    static func unreadable(_ problem: ArchiveProblem, _ name: String) -> FileOutcome {
        switch problem {
        case .missing:
            FileOutcome(
                .invalid,
                Finding(
                    .logMissing, name, found: "nothing",
                    "a log file that a digest lists is not there: it was deleted or moved. Look for it in other copies, and "
                        + "for who deleted it in the bucket's own log"))
        case .irregular(let what):
            FileOutcome(
                .invalid, Finding(.objectIrregular, name, expected: "a file", found: what, "it was not read"))
        case .denied(let reason):
            FileOutcome(
                .unread,
                Finding(
                    .objectUnreadable, name, found: reason,
                    "it may not be read: nothing is proved of it. Allow reading, and run again"))
        case .transient(let reason):
            FileOutcome(
                .unread,
                Finding(.objectTransient, name, found: reason, "it could not be read now: run again"))
        case .changed:
            FileOutcome(
                .invalid,
                Finding(.objectChanged, name, "it was changed while it was read: somebody writes to the archive"))
        }
    }

    // MARK: Small files

    private func whole(
        _ bytes: [UInt8], _ file: ListedFile, _ wanted: SHA256Hash, _ name: String, _ location: ObjectLocation,
        _ lane: LaneName, _ since: Int64, _ workspace: Workspace
    ) async -> FileOutcome {
        var isStored: Bool?
        if let stored = file.stored {
            workspace.hash.update(bytes)
            isStored = workspace.hash.finish() == stored.hash && bytes.count == stored.byteCount
        }
        var gzip = bytes
        if bytes.first == 2 {
            do throws(EncryptedFileProblem) {
                guard let reader = try await opener(bytes, file, location) else {
                    return locked(isStored, name, file)
                }
                gzip = try reader.content(of: bytes, limit: Self.wholeByteCountMax)
            } catch { return Self.encryptedProblem(error, name) }
        }
        let body: [UInt8]
        do throws(GzipProblem) {
            body = try Gunzip.member(gzip, limit: Self.wholeContentByteCountMax, padding: JSONReader.padding)
        } catch {
            return FileOutcome(.invalid, Self.gzipProblem(error, name))
        }
        workspace.hash.update(body)
        let found = workspace.hash.finish()
        guard found == wanted else { return Self.altered(name, wanted, found) }
        if let finding = form(gzip, isWhole: true, isStored, file, name, since) {
            return FileOutcome(.invalid, finding)
        }
        guard let survey = workspace.survey.look(body, account: lane.account, region: lane.region) else {
            return FileOutcome(.invalid, Self.notRecords(name))
        }
        var outcome = Self.records(survey, file, name, lane)
        outcome.contentByteCount = body.count
        if survey.hasTurns { outcome.turns = TurnEvent.all(in: body) }
        return outcome
    }

    // MARK: Large files

    private func inPieces(
        _ object: ArchiveObject, _ file: ListedFile, _ wanted: SHA256Hash, _ name: String, _ location: ObjectLocation,
        _ lane: LaneName, _ since: Int64, _ workspace: Workspace
    ) async throws(ArchiveProblem) -> FileOutcome {
        let storedHash = SHA256()
        let inflater = GzipStream(limit: Self.contentByteCountMax)
        var scanner = RecordsScanner(account: lane.account, region: lane.region)
        var isRecords = true
        var header: [UInt8] = []
        var count = 0
        func take(_ gzip: [UInt8]) throws(GzipProblem) {
            if header.count < GzipForm.headerByteCount {
                header += gzip.prefix(GzipForm.headerByteCount - header.count)
            }
            var at = 0
            while at < gzip.count {
                let end = min(at + Self.sliceByteCount, gzip.count)
                var content: [UInt8] = []
                try inflater.inflate(Array(gzip[at..<end]), into: &content)
                workspace.hash.update(content)
                count += content.count
                if isRecords { isRecords = scanner.feed(content, workspace.survey) }
                at = end
            }
        }
        var problem: GzipProblem?
        var encrypted: EncryptedFileStream?
        var isLocked = false
        var at = 0
        while at < object.byteCount {
            let piece = try await object.read(at: at, count: Self.pieceByteCount)
            storedHash.update(piece)
            if problem == nil, !isLocked {
                do throws(EncryptedFileProblem) {
                    var gzip = piece
                    if at == 0, piece.first == 2 {
                        if let reader = try await opener(piece, file, location) {
                            encrypted = EncryptedFileStream(start: piece, reader: reader)
                            gzip = try encrypted?.add([]) ?? []
                        } else {
                            isLocked = true
                            gzip = []
                        }
                    } else if encrypted != nil {
                        gzip = try encrypted?.add(piece) ?? []
                    }
                    do throws(GzipProblem) { try take(gzip) } catch { problem = error }
                } catch {
                    _ = workspace.hash.finish()
                    return Self.encryptedProblem(error, name)
                }
            }
            at += piece.count
        }
        let found = workspace.hash.finish()
        let isStored = file.stored.map { storedHash.finish() == $0.hash && object.byteCount == $0.byteCount }
        if isLocked { return locked(isStored, name, file) }
        do throws(EncryptedFileProblem) { try encrypted?.finish() } catch { return Self.encryptedProblem(error, name) }
        if problem == nil, !inflater.isComplete { problem = .truncated(byteCount: object.byteCount) }
        if let problem { return FileOutcome(.invalid, Self.gzipProblem(problem, name)) }
        guard found == wanted else { return Self.altered(name, wanted, found) }
        if let finding = form(header, isWhole: false, isStored, file, name, since) {
            return FileOutcome(.invalid, finding)
        }
        guard isRecords, scanner.isWhole else { return FileOutcome(.invalid, Self.notRecords(name)) }
        var outcome = Self.records(scanner.outcome, file, name, lane)
        outcome.contentByteCount = count
        outcome.turns = scanner.turns
        return outcome
    }

    // MARK: Verdicts

    private static func altered(_ name: String, _ wanted: SHA256Hash, _ found: SHA256Hash) -> FileOutcome {
        FileOutcome(
            .invalid,
            Finding(
                .logAltered, name, expected: wanted.hex, found: found.hex,
                "the records are not those that the digest was made over: the file was changed or replaced"))
    }

    private static func gzipProblem(_ problem: GzipProblem, _ name: String) -> Finding {
        Finding(
            .logGzip, name, expected: "exactly one gzip member", found: problem.description,
            "the file is damaged, or was made to say different things to different readers")
    }

    private static func notRecords(_ name: String) -> Finding {
        Finding(
            .logFormat, name, expected: "{\"Records\":[…]}", found: "another text",
            "the content has the hash that was signed and is no log file: whoever signed it wrote it so")
    }

    /// How it is written, which no hash of the content covers: the stored hash does, where there is one.
    private func form(
        _ gzip: [UInt8], isWhole: Bool, _ isStored: Bool?, _ file: ListedFile, _ name: String, _ since: Int64
    ) -> Finding? {
        if isStored == false {
            return Finding(
                .logStored, name, expected: file.stored?.hash.hex,
                "the records hold, but the stored bytes are others than were delivered: the file was written anew")
        }
        if isStored == true { return nil }
        return GzipRules.problem(gzip, isWhole: isWhole, since: since, until: now).map {
            Finding(
                .logGzip, name, expected: "gzip as CloudTrail writes it", found: $0,
                "the records hold, but the file holds bytes that no reader shows")
        }
    }

    private static func records(
        _ survey: RecordSurvey.Outcome, _ file: ListedFile, _ name: String, _ lane: LaneName
    ) -> FileOutcome {
        if let stored = file.stored, stored.recordCount != survey.recordCount {
            return FileOutcome(
                .invalid,
                Finding(
                    .logCount, name, expected: "\(stored.recordCount) records", found: "\(survey.recordCount)",
                    "the digest counts other records than the file holds"))
        }
        guard survey.foreignCount > 0 else { return FileOutcome(.valid) }
        return FileOutcome(
            .invalid,
            Finding(
                .logForeignRecord, name, expected: "records of account \(lane.account) in \(lane.region)",
                found: "\(survey.foreignCount) of others, the first is record \(survey.firstForeign + 1)",
                "the file holds records of another account or Region"))
    }

    private func locked(_ isStored: Bool?, _ name: String, _ file: ListedFile) -> FileOutcome {
        switch isStored {
        case true: FileOutcome(.contentUnchecked)
        case false:
            FileOutcome(
                .invalid,
                Finding(
                    .logStored, name, expected: file.stored?.hash.hex, found: "other bytes",
                    "the stored bytes are others than were delivered: the file was changed or replaced"))
        default:
            FileOutcome(
                .unread,
                Finding(
                    .logDecrypt, name, found: "an encrypted file",
                    "no key opens it and its digest has no hash of stored bytes: give --trail-keys, and run again"))
        }
    }

    // MARK: Encryption

    /// Opens an encrypted file's key, if there is one at hand, and checks what the file is bound to.
    private func opener(
        _ start: [UInt8], _ file: ListedFile, _ location: ObjectLocation
    ) async throws(EncryptedFileProblem) -> EncryptedFileReader? {
        let header = try EncryptedHeader.parse(start).header
        if let bound = header.context["aws:s3:arn"] {
            // Compared with the name under which the digest lists the file, not with where it lies.
            let partition = bound.split(separator: ":", omittingEmptySubsequences: false).dropFirst().first ?? "aws"
            let wanted = "arn:\(partition):s3:::\(file.bucket)/\(file.key)"
            guard bound == wanted else {
                throw .otherContext(expected: "aws:s3:arn=\(wanted)", found: "aws:s3:arn=\(bound)")
            }
        }
        guard let keys else { return nil }
        for wrap in header.dataKeys {
            let key: Secret
            // A key that is not at hand, or was shredded, opens nothing; what it is worth the stored hash tells.
            do throws(KeyError) { key = try await keys.open(wrap, context: header.context) } catch { continue }
            return try EncryptedFileReader(start: start, dataKey: key)
        }
        return nil
    }

    private static func encryptedProblem(_ problem: EncryptedFileProblem, _ name: String) -> FileOutcome {
        let code: FindingCode = if case .otherContext = problem { .logContext } else { .logAltered }
        return FileOutcome(
            .invalid,
            Finding(code, name, found: problem.description, "the encrypted file does not open as what its digest lists")
        )
    }
}
