import CairnFormat
import CairnNative
import CairnObjects

/// The log files that a digest lists.
extension DigestCheck {
    func check(
        _ listed: [ListedFile], _ missing: [(file: ListedFile, reason: String)], _ document: DigestDocument,
        _ facts: inout DigestFacts, _ lane: LaneName, _ emit: Emit
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
            if outcome.state == .valid { facts.turns += outcome.turns }
        }
        for location in places { if let location { facts.listed.append(NameHash(location)) } }
        await checkRanges(listed, document, &facts, lane, emit)
    }

    /// That the ranges of files lie one behind the other within what the digest covers.
    func checkRanges(
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
            let name = cairn.lane(place.folder, of: stored.trail)
            let before = reached[name] ?? cairn.reach[name].map { ($0.epoch, $0.from) } ?? (0, 0)
            let isBehind = (range.epoch, range.from) >= before
            let isWithin =
                cairn.reach[name].map { range.epoch < $0.epoch || range.until <= $0.until } ?? false
            if !isBehind || !isWithin || range.from >= range.until {
                await note(
                    Finding(
                        .chainSequences, facts.name, expected: "ranges one behind the other",
                        found: "\(file.key) with \(range.from) to \(range.until) of epoch \(range.epoch)",
                        "the files of the digest do not cover what it says"), &facts, lane, emit)
                return
            }
            reached[name] = (range.epoch, range.until)
        }
    }

    /// Checks files a few at a time: as many as there are workspaces. The outcomes are in order.
    func inParallel(
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
