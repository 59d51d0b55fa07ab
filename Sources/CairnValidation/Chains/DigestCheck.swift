import CairnFormat
import CairnNative
import CairnObjects

/// Checks one digest file by itself, and the log files that it lists.
struct DigestCheck: Sendable {
    /// Digests up to these sizes are read whole; larger ones pass through in pieces, twice.
    private static let wholeByteCountMax = 4 << 20
    private static let wholeContentByteCountMax = 8 << 20
    private static let contentByteCountMax = 1 << 30
    private static let pieceByteCount = 64 << 10
    private static let sliceByteCount = 8 << 10
    /// The most files that one digest may list.
    private static let fileCountMax = 1_000_000
    /// How many files of one digest are checked before the next look at their findings.
    private static let batchCount = 64

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
        _ facts: DigestFacts, of lane: LaneName, turns: StopEvents, emit: Emit
    ) async -> DigestFacts {
        var facts = facts
        let finding = await read(&facts, of: lane, turns: turns, emit)
        if let finding {
            facts.isSound = facts.isSound && !finding.code.kind.isEvidence
            await emit(.finding(finding.of(lane)))
        }
        return facts
    }

    /// - Returns: what ended the check.
    private func read(
        _ facts: inout DigestFacts, of lane: LaneName, turns: StopEvents, _ emit: Emit
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
                return await whole(bytes, metadata, &facts, lane, turns, emit)
            }
            return try await inPieces(object, metadata, &facts, lane, turns, emit)
        } catch {
            let outcome = LogFileCheck.unreadable(error, facts.name)
            facts.isUnread = outcome.state == .unread
            return outcome.finding
        }
    }

    // MARK: Whole

    private func whole(
        _ bytes: [UInt8], _ metadata: Archive.Metadata, _ facts: inout DigestFacts, _ lane: LaneName,
        _ turns: StopEvents, _ emit: Emit
    ) async -> Finding? {
        facts.storedHash = SHA256.hash(bytes)
        facts.storedByteCount = bytes.count
        let body: [UInt8]
        do throws(GzipProblem) { body = try Gunzip.member(bytes, limit: Self.contentByteCountMax) } catch {
            return gzipProblem(error, facts)
        }
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
        await check(reading.listed, reading.missing, document, &facts, lane, turns, emit)
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
    private func inPieces(
        _ object: ArchiveObject, _ metadata: Archive.Metadata, _ facts: inout DigestFacts, _ lane: LaneName,
        _ turns: StopEvents, _ emit: Emit
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
                await check(reading.listed, reading.missing, document, &facts, lane, turns, emit)
                (reading.listed, reading.missing) = ([], [])
            }
        }
        await check(reading.listed, reading.missing, document, &facts, lane, turns, emit)
        guard again.finish() == bodyHash else { throw .changed }
        return nil
    }

    private func inflate(
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

    // MARK: What it says of itself

    private func gzipProblem(_ problem: GzipProblem, _ facts: DigestFacts) -> Finding {
        if case .tooLarge(let limit) = problem {
            return Finding(
                .digestTooLarge, facts.name, expected: "at most \(limit) bytes",
                "the digest inflates to more than any that is written")
        }
        return Finding(
            .digestGzip, facts.name, expected: "exactly one gzip member", found: problem.description,
            "the digest is damaged, or was made to say different things to different readers")
    }

    private func formatProblem(_ problem: DigestReader.Problem, _ facts: DigestFacts) -> Finding {
        Finding(
            .digestFormat, facts.name, expected: (problem.field.map { "\($0): " } ?? "") + problem.expected,
            found: problem.found, "the digest is not what a digest is")
    }

    private func note(_ finding: Finding, _ facts: inout DigestFacts, _ lane: LaneName, _ emit: Emit) async {
        if finding.code.kind.isEvidence { facts.isSound = false }
        await emit(.finding(finding.of(lane)))
    }

    private func judge(
        _ document: DigestDocument, _ metadata: Archive.Metadata, _ facts: inout DigestFacts, _ lane: LaneName,
        _ emit: Emit
    ) async {
        for finding in claims(document, facts, lane) { await note(finding, &facts, lane, emit) }
        guard let bodyHash = facts.bodyHash else { return }
        facts.message = DigestSignature.message(
            end: document.endText, bucket: document.bucket, key: document.key, bodyHash: bodyHash,
            previousSignature: document.previous.signature)
        let known = keys.keys(document.fingerprint, region: lane.region)
        guard !known.isEmpty else {
            return await note(
                Finding(
                    .keyUnknown, facts.name, expected: document.fingerprint,
                    found: "\(keys.origins.joined(separator: ", ")) "
                        + "without it",
                    "no public key of \(lane.region) has the digest's fingerprint: get the key list of the time, with "
                        + "'cairn keys export-public' or 'aws cloudtrail list-public-keys --region \(lane.region)'"),
                &facts, lane, emit)
        }
        var moment = document.cairn.map { max($0.signedAt.seconds, document.end.seconds) } ?? document.end.seconds
        switch metadata {
        case .none where isPlain: facts.keys = known
        case .none:
            await note(
                Finding(
                    .digestSignatureMissing, facts.name, expected: "a signature in the metadata", found: "no metadata",
                    "the digest has lost its signature, which others of the archive have"), &facts, lane, emit)
        case .damaged(let reason):
            await note(
                Finding(.digestMetadata, facts.name, found: reason, "the digest's metadata cannot be read"), &facts,
                lane,
                emit)
        case .some(let metadata):
            if facts.isBackfill {
                guard let made = metadata[DigestSignature.backfillTimeField].flatMap(MomentText.seconds) else {
                    await note(
                        Finding(
                            .digestMetadata, facts.name, expected: DigestSignature.backfillTimeField,
                            found: metadata[DigestSignature.backfillTimeField] ?? "nothing",
                            "a backfill digest has no time at which it was made"), &facts, lane, emit)
                    break
                }
                if let said = document.cairn?.backfillTime {
                    if MomentText.seconds(said) != made {
                        await note(
                            Finding(
                                .backfillTime, facts.name, expected: said,
                                found: metadata[DigestSignature.backfillTimeField],
                                "the metadata gives another time than the signed body"), &facts, lane, emit)
                    }
                    moment = MomentText.seconds(said) ?? moment
                } else {
                    moment = made
                }
            }
            await verify(metadata, known, &facts, lane, emit)
        }
        await window(known, moment, &facts, lane, emit)
    }

    /// What stands in the body against the name it lies under.
    private func claims(_ document: DigestDocument, _ facts: DigestFacts, _ lane: LaneName) -> [Finding] {
        var findings: [Finding] = []
        if document.bucket != facts.location.bucket.text || document.key != facts.location.key.text {
            findings.append(
                Finding(
                    .digestMoved, facts.name, expected: "s3://\(document.bucket)/\(document.key)", found: facts.name,
                    "the digest lies elsewhere than it says: it was moved, or copied over another"))
        } else if document.end != facts.end || document.account != lane.account {
            findings.append(
                Finding(
                    .digestMoved, facts.name, expected: "account \(lane.account), end \(facts.end)",
                    found: "account \(document.account), end \(document.end)",
                    "the digest's name says other things than it does"))
        }
        if document.algorithm != DigestSignature.algorithm {
            findings.append(
                Finding(
                    .digestAlgorithm, facts.name, expected: DigestSignature.algorithm,
                    found: document.algorithm ?? "nothing",
                    "the digest names another algorithm"))
        }
        if let algorithm = document.previous.hashAlgorithm, algorithm != "SHA-256" {
            findings.append(
                Finding(
                    .digestAlgorithm, facts.name, expected: "SHA-256", found: algorithm,
                    "the digest names another hash for the one before it"))
        }
        let link = document.previous
        if !link.isNull, link.bucket == nil || link.key == nil || link.hash == nil || link.signature == nil {
            findings.append(
                Finding(
                    .digestFormat, facts.name, expected: "all of the previous digest, or nothing", found: "a part",
                    "the link to the digest before is not whole"))
        }
        if document.start >= document.end {
            findings.append(
                Finding(
                    .chainInterval, facts.name, expected: "a start before the end",
                    found: "\(document.start) to \(document.end)",
                    "the digest covers no time"))
        }
        if let cairn = document.cairn, cairn.signedAt < document.end {
            findings.append(
                Finding(
                    .chainSignedAt, facts.name, expected: "at or after \(document.end)", found: "\(cairn.signedAt)",
                    "the digest was signed before the interval's end"))
        }
        return findings
    }

    private func verify(
        _ metadata: [String: String], _ known: [PublicKeys.Key], _ facts: inout DigestFacts, _ lane: LaneName,
        _ emit: Emit
    ) async {
        let algorithm = metadata[DigestSignature.algorithmField]
        if algorithm != DigestSignature.algorithm {
            await note(
                Finding(
                    .digestMetadata, facts.name, expected: "signature-algorithm \(DigestSignature.algorithm)",
                    found: algorithm ?? "nothing", "the metadata names another algorithm"), &facts, lane, emit)
        }
        guard let signature = metadata[DigestSignature.field] else {
            return await note(
                Finding(
                    .digestSignatureMissing, facts.name, expected: "a signature in the metadata", found: "none",
                    "the digest has lost its signature"), &facts, lane, emit)
        }
        facts.signature = signature
        guard let bytes = Hex.bytes(signature) else {
            return await note(
                Finding(
                    .digestMetadata, facts.name, expected: "lower-case hex", found: "'\(signature.prefix(40))…'",
                    "the signature is not written as signatures are"), &facts, lane, emit)
        }
        let message = facts.message
        guard known.contains(where: { $0.key.verifies(bytes, of: message) }) else {
            return await note(
                Finding(
                    .digestSignature, facts.name,
                    expected: "a signature by \(known.map(\.sha256).joined(separator: " or "))",
                    "the signature does not verify: the digest was changed, or somebody else signed it"), &facts, lane,
                emit)
        }
        facts.isSigned = true
    }

    private func window(
        _ known: [PublicKeys.Key], _ moment: Int64, _ facts: inout DigestFacts, _ lane: LaneName, _ emit: Emit
    ) async {
        guard !known.contains(where: { $0.from <= moment && moment <= $0.until }), let key = known.first else { return }
        await note(
            Finding(
                .keyWindow, facts.name,
                expected: "\(EventTime(seconds: key.from)) to \(EventTime(seconds: key.until))",
                found: "\(EventTime(seconds: moment))",
                "the digest was signed outside the window of its key: a key that was stolen later signs like this"),
            &facts,
            lane, emit)
    }

    // MARK: Its files

    private func check(
        _ listed: [ListedFile], _ missing: [(file: ListedFile, reason: String)], _ document: DigestDocument,
        _ facts: inout DigestFacts, _ lane: LaneName, _ turns: StopEvents, _ emit: Emit
    ) async {
        for (file, reason) in missing {
            if let location = DigestFacts.location(bucket: file.bucket, key: file.key) {
                facts.listed.append(NameHash(location))
            }
            await emit(
                .finding(
                    Finding(
                        .logLost, "s3://\(file.bucket)/\(file.key)", lane: lane, expected: file.hash, found: reason,
                        "the digest says that the file was \(reason) when the digest was made: it was delivered with "
                            + "\(file.stored.map { "\($0.recordCount) records" } ?? "records") and lost within the hour"
                    )))
            facts.files.invalid += 1
        }
        let since = document.start.seconds - 3_600
        let places = listed.map { DigestFacts.location(bucket: $0.bucket, key: $0.key) }
        let outcomes: [FileOutcome]
        if checksFiles {
            outcomes = await inParallel(listed.indices) { i, workspace in
                let file = listed[i]
                let name = "s3://\(file.bucket)/\(file.key)"
                guard let location = places[i] else {
                    return FileOutcome(
                        .invalid,
                        Finding(
                            .objectName, name, "the digest lists a name that no object can have: it was not followed"))
                }
                guard let place = LogFilePlace(location.key), place.account == lane.account, place.region == lane.region
                else {
                    return FileOutcome(
                        .invalid,
                        Finding(
                            .logForeign, name, expected: "a log file of account \(lane.account) in \(lane.region)",
                            found: file.key, "the digest lists a file of another account or Region, or no log file"))
                }
                if file.algorithm != "SHA-256" {
                    return FileOutcome(
                        .invalid,
                        Finding(
                            .digestAlgorithm, name, expected: "hashAlgorithm SHA-256",
                            found: file.algorithm ?? "nothing",
                            "the digest names another hash for the file"))
                }
                return await files.check(file, at: location, of: lane, since: since, workspace)
            }
        } else {
            outcomes = []
        }
        for (i, outcome) in outcomes.enumerated() {
            if facts.isSigned || (isPlain && !facts.keys.isEmpty) {
                facts.files.add(outcome)
            } else {
                facts.files.unverified += 1
            }
            if let finding = outcome.finding { await emit(.finding(finding.of(lane))) }
            if isVerbose, outcome.finding == nil {
                await emit(.valid("Log file", "s3://\(listed[i].bucket)/\(listed[i].key)"))
            }
            if !outcome.turns.isEmpty, outcome.state == .valid { turns.add(outcome.turns, account: lane.account) }
        }
        for location in places { if let location { facts.listed.append(NameHash(location)) } }
        await checkRanges(listed, document, &facts, lane, emit)
    }

    /// That the ranges of files lie one behind the other within what the digest covers.
    private func checkRanges(
        _ listed: [ListedFile], _ document: DigestDocument, _ facts: inout DigestFacts, _ lane: LaneName, _ emit: Emit
    ) async {
        guard let cairn = document.cairn, cairn.kind != "backfill" else { return }
        var reached: [String: (epoch: Int, until: Int)] = [:]
        for file in listed {
            guard let stored = file.stored, let key = try? ObjectKey(file.key), let place = LogFilePlace(key) else {
                continue
            }
            guard let range = stored.range else {
                await note(
                    Finding(
                        .chainSequences, facts.name, expected: "a range of sequences for each file",
                        found: "\(file.key) without one", "the files of the digest do not cover what it says"), &facts,
                    lane, emit)
                return
            }
            let before = reached[place.folder] ?? cairn.reach[place.folder].map { ($0.epoch, $0.from) } ?? (0, 0)
            let isBehind = (range.epoch, range.from) >= before
            let isWithin =
                cairn.reach[place.folder].map { range.epoch < $0.epoch || range.until <= $0.until } ?? false
            if !isBehind || !isWithin || range.from >= range.until {
                await note(
                    Finding(
                        .chainSequences, facts.name, expected: "ranges one behind the other",
                        found: "\(file.key) with \(range.from) to \(range.until) of epoch \(range.epoch)",
                        "the files of the digest do not cover what it says"), &facts, lane, emit)
                return
            }
            reached[place.folder] = (range.epoch, range.until)
        }
    }

    /// Checks files a few at a time: as many as there are workspaces. The outcomes are in order.
    private func inParallel(
        _ indices: Range<Int>, _ body: @escaping @Sendable (Int, Workspace) async -> FileOutcome
    ) async -> [FileOutcome] {
        guard indices.count > 1 else {
            var outcomes: [FileOutcome] = []
            for i in indices { outcomes.append(await pool.with { await body(i, $0) }) }
            return outcomes
        }
        return await withTaskGroup(of: Numbered.self) { group in
            var outcomes = [FileOutcome?](repeating: nil, count: indices.count)
            var next = 0
            for i in indices {
                if next >= pool.count * 2, let done = await group.next() { outcomes[done.index] = done.outcome }
                group.addTask { Numbered(index: i, outcome: await pool.with { await body(i, $0) }) }
                next += 1
            }
            for await done in group { outcomes[done.index] = done.outcome }
            return outcomes.compactMap { $0 }
        }
    }

    private struct Numbered: Sendable {
        var index: Int
        var outcome: FileOutcome
    }
}
