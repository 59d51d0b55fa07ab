import CairnFormat
import CairnNative
import CairnObjects

/// Checks one digest file by itself, and the log files that it lists.
struct DigestCheck: Sendable {
    /// Digests up to these sizes are read whole; larger ones pass through in pieces, twice.
    static let wholeByteCountMax = 4 << 20
    static let wholeContentByteCountMax = 8 << 20
    static let contentByteCountMax = 1 << 30
    static let pieceByteCount = 64 << 10
    static let sliceByteCount = 2 << 10
    /// The most files that one digest may list.
    static let fileCountMax = 1_000_000
    /// How many files of one digest are checked before the next look at their findings.
    static let batchCount = 64

    typealias Emit = @Sendable (Validation.Line) async -> Void

    let archive: Archive
    let keys: PublicKeys
    let files: LogFileCheck
    let pool: WorkspacePool
    /// Whether the archive is a copy without metadata.
    let isPlain: Bool
    /// Whether log files are to be checked; else the digest alone.
    let checksFiles: Bool
    /// Whether to name what is valid.
    let isVerbose: Bool

    /// What reading a digest gave.
    private struct Reading {
        var reader = DigestReader()
        var listed: [ListedFile] = []
        var missing: [(file: ListedFile, reason: String)] = []
    }

    func check(
        _ facts: DigestFacts, of lane: LaneName, emit: Emit
    ) async -> DigestFacts {
        var facts = facts
        let finding = await read(&facts, of: lane, emit)
        if let finding {
            facts.isSound = facts.isSound && !finding.code.kind.isEvidence
            await emit(.finding(finding.of(lane)))
        }
        return facts
    }

    /// - Returns: what ended the check.
    func read(
        _ facts: inout DigestFacts, of lane: LaneName, _ emit: Emit
    ) async -> Finding? {
        let object: ArchiveObject
        let metadata: Archive.Metadata
        do throws(ArchiveProblem) {
            object = try await archive.open(facts.location)
            metadata = try await archive.metadata(facts.location)
        } catch {
            let outcome = LogFileCheck.unreadable(error, facts.name)
            facts.isUnread = outcome.state == .unread
            guard case .missing = error else { return outcome.finding }
            return Finding(.digestMissing, facts.name, found: "nothing", "a digest is not there")
        }
        do throws(ArchiveProblem) {
            if object.byteCount <= Self.wholeByteCountMax {
                let bytes = try await object.readAll()
                var body: [UInt8]?
                do throws(GzipProblem) {
                    body = try Gunzip.member(bytes, limit: Self.wholeContentByteCountMax)
                } catch {
                    guard case .tooLarge = error else { return gzipProblem(error, facts) }
                }
                if let body { return await whole(bytes, body, metadata, &facts, lane, emit) }
            }
            return try await inPieces(object, metadata, &facts, lane, emit)
        } catch {
            let outcome = LogFileCheck.unreadable(error, facts.name)
            facts.isUnread = outcome.state == .unread
            return outcome.finding
        }
    }

    // MARK: Whole

    func whole(
        _ bytes: [UInt8], _ body: [UInt8], _ metadata: Archive.Metadata, _ facts: inout DigestFacts,
        _ lane: LaneName, _ emit: Emit
    ) async -> Finding? {
        facts.storedHash = SHA256.hash(bytes)
        facts.storedByteCount = bytes.count
        facts.bodyHash = SHA256.hash(body)
        var reading = Reading()
        let document: DigestDocument
        do throws(DigestReader.Problem) {
            try Self.feed(body, to: &reading)
            document = try reading.reader.document()
        } catch { return formatProblem(error, facts) }
        facts.document = document
        let odd =
            document.cairn == nil
            ? GzipRules.problem(bytes, isWhole: true, since: document.start.seconds - 3_600, until: files.now)
            : GzipRules.problemOfOurs(bytes)
        if let odd {
            await note(
                Finding(
                    .digestGzip, facts.name,
                    expected: "gzip as \(document.cairn == nil ? "CloudTrail" : "cairn") writes it",
                    found: odd, "the digest holds bytes that no reader shows"), &facts, lane, emit)
        }
        await judge(document, metadata, &facts, lane, emit)
        await check(reading.listed, reading.missing, document, &facts, lane, emit)
        return nil
    }

    private static func feed(_ body: [UInt8], to reading: inout Reading) throws(DigestReader.Problem) {
        var (listed, missing) = (reading.listed, reading.missing)
        try reading.reader.feed(body) { item in
            switch item {
            case .file(let file): listed.append(file)
            case .missing(let file, let reason): missing.append((file, reason))
            case .lane: break
            }
        }
        (reading.listed, reading.missing) = (listed, missing)
    }

    // MARK: In pieces

    /// A digest that is too large to hold: read once for what it says and its hash, and once more for its files; that both
    /// times the same bytes came, their hash tells.
    func inPieces(
        _ object: ArchiveObject, _ metadata: Archive.Metadata, _ facts: inout DigestFacts, _ lane: LaneName,
        _ emit: Emit
    ) async throws(ArchiveProblem) -> Finding? {
        facts.storedByteCount = object.byteCount
        var reader = DigestReader()
        let stored = SHA256()
        let hash = SHA256()
        var failure: Finding?
        try await inflate(object, stored, hash, facts, &failure) { (content) throws(DigestReader.Problem) in
            try reader.feed(content) { _ in }
        }
        if let failure { return failure }
        facts.storedHash = stored.finish()
        let bodyHash = hash.finish()
        facts.bodyHash = bodyHash
        guard reader.fileCount <= Self.fileCountMax else {
            return Finding(
                .digestTooLarge, facts.name, expected: "at most \(Self.fileCountMax) files",
                found: "\(reader.fileCount)",
                "the digest is larger than any that CloudTrail or cairn writes: it was not followed")
        }
        let document: DigestDocument
        do throws(DigestReader.Problem) { document = try reader.document() } catch {
            return formatProblem(error, facts)
        }
        facts.document = document
        if let odd = GzipRules.problem(
            try await object.read(at: 0, count: GzipForm.headerByteCount), isWhole: false,
            since: document.start.seconds - 3_600, until: files.now)
        {
            await note(
                Finding(.digestGzip, facts.name, found: odd, "the digest holds bytes that no reader shows"), &facts,
                lane,
                emit)
        }
        await judge(document, metadata, &facts, lane, emit)
        var reading = Reading()
        let again = SHA256()
        var at = 0
        let inflater = GzipStream(limit: Self.contentByteCountMax)
        while at < object.byteCount {
            let piece = try await object.read(at: at, count: Self.sliceByteCount)
            at += piece.count
            var content: [UInt8] = []
            do {
                try inflater.inflate(piece, into: &content)
                again.update(content)
                try Self.feed(content, to: &reading)
            } catch { throw .changed }
            if reading.listed.count + reading.missing.count >= Self.batchCount {
                await check(reading.listed, reading.missing, document, &facts, lane, emit)
                (reading.listed, reading.missing) = ([], [])
            }
        }
        await check(reading.listed, reading.missing, document, &facts, lane, emit)
        guard again.finish() == bodyHash else { throw .changed }
        return nil
    }

    func inflate(
        _ object: ArchiveObject, _ stored: SHA256, _ hash: SHA256, _ facts: DigestFacts, _ failure: inout Finding?,
        _ take: ([UInt8]) throws(DigestReader.Problem) -> Void
    ) async throws(ArchiveProblem) {
        let inflater = GzipStream(limit: Self.contentByteCountMax)
        var at = 0
        while at < object.byteCount {
            let piece = try await object.read(at: at, count: Self.sliceByteCount)
            at += piece.count
            stored.update(piece)
            var content: [UInt8] = []
            do throws(GzipProblem) { try inflater.inflate(piece, into: &content) } catch {
                failure = gzipProblem(error, facts)
                return
            }
            hash.update(content)
            do throws(DigestReader.Problem) { try take(content) } catch {
                failure = formatProblem(error, facts)
                return
            }
        }
        if !inflater.isComplete { failure = gzipProblem(.truncated(byteCount: object.byteCount), facts) }
    }
}
