import CairnFormat
import CairnNative
import CairnObjects

/// What is judged when digests have been: files that none lists, chains that end or begin, and what digests say of others.
extension ValidationRun {
    mutating func endArea(_ area: Inventory.Area, _ reader: InventoryReader) async {
        let (listed, other, findings, scope) = (listed, listedByBackfill, findings, scope)
        let (coverage, unsigned) = (self.area, listedUnsigned)
        let lateness = isBeforeKnown ? AreaCoverage.lateness : 60
        // What earlier runs have seen listed is not remembered by name.
        let known =
            scope.recheck >= 1
            ? nil
            : (lanesOfArea[area] ?? []).compactMap { scope.state?.heads[lanes[$0]]?.end }.max()
        var pending = 0
        for folder in inventory.folders[area] ?? [] {
            do throws(ArchiveProblem) {
                try await reader.logFiles(folder, area, in: inventory) { location, place, name in
                    guard let location, let place else {
                        await findings.give(
                            Finding(
                                .objectUnexpected, name,
                                "among the log files lies what is none by its name, and some reader may take it for one"
                            ))
                        return
                    }
                    let hash = NameHash(location)
                    if listed.contains(hash) || other.contains(hash) { return }
                    // What was delivered shortly before is judged, too: the run before may have passed it over.
                    if let start = scope.start, place.time.seconds + lateness <= start.seconds { return }
                    if let known, place.time.seconds + lateness <= known.seconds { return }
                    if let until = scope.end, place.time > until { return }
                    if coverage.mayCome(
                        place.time, now: scope.now, isLast: scope.end != nil, isClaimed: unsigned.contains(hash))
                    {
                        pending += 1
                        return
                    }
                    await findings.give(
                        Finding(
                            .logUnlisted, name, expected: "a digest that lists it", found: "none",
                            "the file was planted, or delivered when no digests were made: nothing vouches for it, and readers of "
                                + "the folder take it for a log file. If the trail was just cut off from its bucket, wait for the "
                                + "next digest"
                        ))
                }
            } catch {
                let name = "\(area.account) \(folder.name) \(area.region)"
                if let finding = LogFileCheck.unreadable(error, name).finding { await findings.give(finding) }
            }
        }
        summary.pendingFiles += pending
        (self.listed, listedByBackfill, listedUnsigned, self.area) = ([], [], [], AreaCoverage())
        isBeforeKnown = true
    }

    // MARK: After

    mutating func judgeRest() async {
        for (lane, head) in (scope.state?.heads ?? [:]).sorted(by: { $0.key < $1.key })
        where scope.takes(lane) && !seenHeads.contains(lane) && (scope.end.map { $0 >= head.end } ?? true)
            && (scope.start.map { $0 < head.end } ?? true)
        {
            await rewritten(lane, head, found: "nothing")
        }
        for (lane, head) in scope.state?.heads ?? [:] where state.heads[lane] == nil { state.heads[lane] = head }
        for (lane, restart) in restarts {
            // The digest before covers the event that stopped the trail: the last one of its chain does.
            let from = Self.turnsFrom(restart.olderEnd, chain: restart.olderStart)
            let until = EventTime(seconds: restart.olderEnd.seconds + 60)
            // A start that belongs to the new chain is none of the old one.
            let limit = min(restart.olderEnd.seconds, restart.newerStart.seconds - 7_200)
            if turns.hasStop(
                lane, owners: owners(of: lane), from: from, until: until,
                notStartedBefore: EventTime(seconds: limit))
            {
                continue
            }
            await findings.give(
                Finding(
                    .linkNull, restart.name, lane: lane,
                    expected: "a link to the digest before it, or an event that logging stopped",
                    found: "nothing",
                    "a chain begins anew, and no event in the log files says that logging was stopped: digests between "
                        + "\(restart.olderEnd) and \(restart.newerStart) may have been removed"
                        + whereStopsAre(lane)))
        }
        for (lane, finding, newest, since) in tails {
            if let newest, hasStopped(newest, lane, since: since) {
                state.heads[lane]?.isEnded = true
            } else {
                await findings.give(finding)
            }
        }
        await judgeHomes()
        if relevantCount == 0, summary.notCheckedAgain == 0, lanes.contains(where: { scope.takes($0) }),
            scope.start != nil || scope.end != nil
        {
            await findings.give(
                Finding(
                    .archiveEmpty, archive.name, expected: "digests of the time asked for", found: "none",
                    "nothing proves anything of that time: logging was not on then, its digests are not due yet, or "
                        + "they are gone"))
        }
        for home in homes { await judgeLanes(of: home) }
        for (lane, name, backfill) in backfills {
            await judge(backfill, by: "digest \(name)") { object in
                Finding(
                    .digestMissing, object, lane: lane, expected: "a backfill digest", found: "nothing",
                    "the digest \(name) names this backfill digest, and it is not there: it was removed, and perhaps the files "
                        + "that it lists")
            }
        }
    }

    /// What was not looked at, and may hold the event by which a trail was stopped.
    private func whereStopsAre(_ lane: LaneName) -> String {
        if owners(of: lane).isEmpty {
            return
                ". Such an event of an organization's trail lies among those of the account that owns it: name it with "
                + "--trail-arn"
        }
        guard !scope.regions.isEmpty, !scope.regions.contains(lane.home) else { return "" }
        return ". Such an event lies among those of the home Region, \(lane.home), which was not asked for"
    }

    /// The accounts that can stop the trail of a lane: an organization's is owned by one, which nothing but its ARN says.
    func owners(of lane: LaneName) -> Set<String> {
        guard lane.organization != nil else { return [lane.account] }
        return Set(scope.trails.filter { $0.name == lane.trail && $0.home == lane.home }.map(\.account))
    }

    /// Whether events explain why a chain of AWS's has ended. cairn's own say it themselves, in a final digest.
    private func hasStopped(_ newest: DigestFacts, _ lane: LaneName, since: EventTime?) -> Bool {
        guard newest.document?.cairn == nil else { return false }
        let needed = scope.end?.seconds ?? scope.now.seconds
        return turns.hasStop(
            lane, owners: owners(of: lane),
            from: Self.turnsFrom(newest.end, chain: since), until: EventTime(seconds: newest.end.seconds + 60),
            // Had it been started again, there would be a digest by now.
            notStartedBefore: EventTime(seconds: needed - scope.period - Scope.grace))
    }

    /// The event that stopped a trail lies in the last hours before its chain's end, and not before the chain's beginning.
    private static func turnsFrom(_ end: EventTime, chain start: EventTime?) -> EventTime {
        let hours = EventTime(seconds: end.seconds - 7_200)
        return start.map { max($0, hours) } ?? hours
    }

    /// Every trail of cairn's has a chain that speaks of the others: without it nobody would miss them.
    private func judgeHomes() async {
        struct Family: Hashable {
            let owner: String
            let trail: String
            let home: String

            init(_ lane: LaneName) {
                (owner, trail, home) = (lane.organization ?? lane.account, lane.trail, lane.home)
            }
        }
        let known = Set(homeLanes.map { Family($0) })
        var missed: Set<Family> = []
        for lane in cairnLanes.sorted() where scope.regions.isEmpty || scope.regions.contains(lane.home) {
            // The account that owns an organization's trail may not be asked for.
            if lane.organization != nil, !scope.accounts.isEmpty { continue }
            let family = Family(lane)
            guard !known.contains(family), missed.insert(family).inserted else { continue }
            await findings.give(
                Finding(
                    .laneMissing, "trail \(lane.trail) of \(family.owner)", lane: lane,
                    expected: "a chain of digests in the trail's home Region, \(lane.home)",
                    found: "none that is sound",
                    "the chain that names all others of the trail is not there, so that others may be gone unseen"))
        }
    }

    /// Compares the other lanes of a trail with what its home lane's newest digest says of them.
    func judgeLanes(of home: DigestFacts) async {
        var named: [(account: String, region: String, digest: DigestDocument.Named)] = []
        do throws(ArchiveProblem) {
            let object = try await archive.open(home.location)
            let inflater = GzipStream(limit: 1 << 30)
            var digest = DigestReader()
            var at = 0
            while at < object.byteCount {
                let piece = try await object.read(at: at, count: 8 << 10)
                at += piece.count
                var content: [UInt8] = []
                do {
                    try inflater.inflate(piece, into: &content)
                    try digest.feed(content) { item in
                        if case .lane(let account, let region, _, let digest) = item {
                            named.append((account, region, digest))
                        }
                    }
                } catch { throw .changed }
                for (account, region, digest) in named { await judge(account, region, digest, home) }
                named = []
            }
        } catch {
            if let finding = LogFileCheck.unreadable(error, home.name).finding { await findings.give(finding) }
        }
    }

    func judge(
        _ account: String, _ region: String, _ digest: DigestDocument.Named, _ home: DigestFacts
    ) async {
        guard scope.takes(account: account), scope.takes(region: region) else { return }
        let isKnown = lanesOfArea[Inventory.Area(account: account, region: region)] != nil
        await judge(digest, by: "trail's home digest \(home.name)") { object in
            Finding(
                isKnown ? .laneBehind : .laneMissing, object,
                expected: "a digest that ends at \(digest.end?.iso8601 ?? "?")", found: "nothing",
                isKnown
                    ? "the trail's home digest \(home.name) names this digest, and it is not there: the lane was cut back"
                    : "the trail's home digest \(home.name) names this lane, of which nothing is there")
        }
    }

    /// The hash of what a digest says, whatever its size; nil when it is no gzip member.
    private static func bodyHash(_ object: ArchiveObject) async throws(ArchiveProblem) -> SHA256Hash? {
        let (inflater, hash) = (GzipStream(limit: DigestCheck.contentByteCountMax), SHA256())
        var at = 0
        while at < object.byteCount {
            let piece = try await object.read(at: at, count: DigestCheck.sliceByteCount)
            at += piece.count
            var content: [UInt8] = []
            guard (try? inflater.inflate(piece, into: &content)) != nil else { return nil }
            hash.update(content)
        }
        return inflater.isComplete ? hash.finish() : nil
    }

    /// Compares a digest with what another one, which is signed, says of it.
    ///
    /// - Parameter missing: makes the finding when it is not there, of the object's name.
    func judge(
        _ digest: DigestDocument.Named, by witness: String, missing: (String) -> Finding
    ) async {
        if let start = scope.start, let end = digest.end, end <= start { return }
        let name = "s3://\(digest.bucket)/\(digest.key)"
        guard let location = DigestFacts.location(bucket: digest.bucket, key: digest.key) else { return }
        do throws(ArchiveProblem) {
            let object = try await archive.open(location)
            // One that is damaged is found where its lane is walked.
            guard let hash = try await Self.bodyHash(object), hash.hex != digest.hash else { return }
            await findings.give(
                Finding(
                    .linkHash, name, expected: digest.hash, found: hash.hex,
                    "the \(witness) saw another digest of this name"))
        } catch {
            if case .missing = error { await findings.give(missing(name)) }
        }
    }
}
