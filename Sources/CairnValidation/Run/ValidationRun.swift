import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects

/// One run over an archive. Digests and their files are checked many at a time; what follows from their order is decided one
/// after the other.
struct ValidationRun {
    /// One digest to check, or a mark between them.
    private enum Job: Sendable {
        case digest(Int, Inventory.Reference, isBackfill: Bool)
        /// One that an earlier run has validated, drawn to be checked again.
        case again(Int, Inventory.Reference)
        case endOfChain(Int, isBackfill: Bool)
        case endOfArea(Inventory.Area)
    }

    /// A digest's check that is done.
    private struct Done: Sendable {
        var slot: Int
        var facts: DigestFacts
    }

    private let archive: Archive
    private let keys: PublicKeys
    private let fileKeys: (any KeyService)?
    private let scope: Scope
    private let findings: OrderedFindings
    private let progress: @Sendable (Validation.Progress) -> Void

    private var summary = Summary()
    private var inventory = Inventory()
    private var lanes: [LaneName] = []
    private var walk: ChainWalk?
    /// The files that digests of the current area list.
    private var listed: Set<NameHash> = []
    private var listedByBackfill: Set<NameHash> = []
    /// The latest end of a signed digest of the current area.
    private var areaEnd: EventTime?
    private var restarts: [(LaneName, ChainWalk.Restart)] = []
    /// Chains that end before the time asked for, where no digest says why.
    private var tails: [(LaneName, Finding, since: EventTime)] = []
    /// The newest digests of home lanes, which name the others.
    private var homes: [DigestFacts] = []
    private let turns = StopEvents()
    private var digestsDone = 0
    /// What the next run may pass over.
    private(set) var state = ValidationState()
    private var seenHeads: Set<LaneName> = []
    private var digestCount = 0

    init(
        _ archive: Archive, _ keys: PublicKeys, _ fileKeys: (any KeyService)?, _ scope: Scope,
        _ findings: OrderedFindings, _ progress: @escaping @Sendable (Validation.Progress) -> Void
    ) {
        (self.archive, self.keys, self.fileKeys, self.scope) = (archive, keys, fileKeys, scope)
        (self.findings, self.progress) = (findings, progress)
    }

    mutating func run() async -> Summary {
        await judgeKeys()
        if case .tar(let tar) = archive.place { for finding in tar.findings { await findings.give(finding) } }
        let findings = findings
        var reader = InventoryReader(archive, scope) { await findings.give($0) }
        do throws(ArchiveProblem) { inventory = try await reader.read() } catch {
            if let finding = LogFileCheck.unreadable(error, archive.name).finding { await findings.give(finding) }
        }
        lanes = inventory.lanes.keys.sorted()
        await judgeLanes()
        let jobs = jobs()
        await work(jobs, plain: !inventory.hasMetadata, reader)
        await judgeRest()
        summary.findings = await findings.counts
        summary.lanes.sort { ($0.account, $0.region, $0.trail) < ($1.account, $1.region, $1.trail) }
        return summary
    }

    // MARK: Before

    private mutating func judgeKeys() async {
        for finding in keys.findings { await findings.give(finding) }
        (summary.untrustedKeys, summary.keyOrigins) = (keys.untrusted, keys.origins)
        if scope.requiresPinned, !keys.untrusted.isEmpty || keys.isEmpty {
            await findings.give(
                Finding(
                    .keyUnpinned, keys.origins.joined(separator: ", "),
                    expected: "keys given by --keys, or covered by --pin",
                    found: keys.untrusted.joined(separator: " "),
                    "the keys lie beside what they are to prove: whoever wrote the one may have written the other. Get the pin "
                        + "from the deployment itself, or the keys from elsewhere"))
        }
    }

    private mutating func judgeLanes() async {
        let asked = lanes.filter { scope.takes($0) }
        if asked.isEmpty {
            await findings.give(
                Finding(
                    .archiveEmpty, archive.name, expected: "digests", found: "none",
                    "there is nothing that proves anything: all digests were deleted, or this is not the archive. "
                        + "'aws s3 sync' copies CloudTrail-Digest only if it is not filtered out; a copy of one bucket needs --bucket"
                ))
        }
        for account in scope.expectedAccounts where !asked.contains(where: { $0.account == account }) {
            await findings.give(
                Finding(
                    .laneMissing, "account \(account)", expected: "a chain of digests", found: "none",
                    "an account that was expected has no digests"))
        }
        for region in scope.expectedRegions where !asked.contains(where: { $0.region == region }) {
            await findings.give(
                Finding(
                    .laneMissing, "Region \(region)", expected: "a chain of digests", found: "none",
                    "a Region that was expected has no digests"))
        }
        for trail in scope.trails where !asked.contains(where: { $0.trail == trail.name && $0.home == trail.home }) {
            await findings.give(
                Finding(
                    .laneMissing, "trail \(trail.name) of \(trail.home)", expected: "a chain of digests", found: "none",
                    "the trail has no digests here"))
        }
        if let json = await archive.beside("trail.json", limit: 16 << 20) {
            let known = (try? StrictJSON.parse(json))?["trailList"]?.list?.compactMap { $0["TrailARN"]?.text } ?? []
            for trail in scope.trails
            where !known.compactMap({ Scope.TrailID(arn: $0) }).contains(where: {
                $0.name == trail.name && $0.home == trail.home
            }) {
                await findings.give(
                    Finding(
                        .trailMismatch, "trail.json", expected: "trail \(trail.name) of \(trail.home)",
                        found: known.joined(separator: ", "),
                        "the archive's own list of trails does not have the trail asked for"))
            }
        }
    }

    /// The digests to look at, in the order in which they are judged: by area, by lane, newest first.
    private mutating func jobs() -> [Job] {
        var jobs: [Job] = []
        let areas = Set(lanes.map { Inventory.Area(account: $0.account, region: $0.region) }).union(
            inventory.folders.keys)
        for area in areas.sorted() {
            for (i, lane) in lanes.enumerated() where lane.account == area.account && lane.region == area.region {
                let found = inventory.lanes[lane] ?? Inventory.Lane()
                for (references, isBackfill) in [(found.digests, false), (found.backfills, true)] {
                    var wanted = Self.within(references, scope)
                    if !isBackfill, let head = scope.state?.heads[lane] {
                        // Down to the head, which must still be there.
                        let known = wanted.filter { $0.end < head.end }
                        wanted = wanted.prefix { $0.end >= head.end }
                        let drawn = known.filter { Self.isDrawn($0, lane, scope) }
                        jobs += drawn.map { .again(i, $0) }
                        summary.notCheckedAgain += known.count - drawn.count
                        digestCount += drawn.count
                    }
                    jobs += wanted.map { .digest(i, $0, isBackfill: isBackfill) }
                    digestCount += wanted.count
                    jobs.append(.endOfChain(i, isBackfill: isBackfill))
                }
            }
            jobs.append(.endOfArea(area))
        }
        return jobs
    }

    /// Those that the time asked for needs, newest first: with one behind its end, which confirms the last.
    private static func within(_ references: [Inventory.Reference], _ scope: Scope) -> ArraySlice<Inventory.Reference> {
        var wanted = references[...]
        if let start = scope.start { wanted = wanted.prefix { $0.end > start } }
        if let end = scope.end, let last = wanted.lastIndex(where: { $0.end >= end }) {
            wanted = wanted[max(wanted.startIndex, last - 1)...]
        }
        return wanted
    }

    /// Whether a digest that is known is drawn to be checked again: by chance, which the clock moves on.
    private static func isDrawn(_ reference: Inventory.Reference, _ lane: LaneName, _ scope: Scope) -> Bool {
        guard scope.recheck > 0 else { return false }
        let draw = SHA256.hash(Array("\(lane) \(reference.end) \(scope.now)".utf8)).word(0) >> 11
        return Double(draw) / Double(1 << 53) < scope.recheck
    }

    // MARK: Digest by digest

    private mutating func work(_ jobs: [Job], plain: Bool, _ reader: InventoryReader) async {
        let pool = WorkspacePool(count: scope.threadCount)
        let check = DigestCheck(
            archive: archive, keys: keys,
            files: LogFileCheck(archive: archive, keys: fileKeys, now: scope.now.seconds + 86_400),
            pool: pool, isPlain: plain, checksFiles: true, isVerbose: scope.isVerbose)
        // Digests have few files or many: some are begun ahead so that no workspace is idle.
        let window = max(4, scope.threadCount * 4)
        let (findings, turns, inventory, lanes) = (findings, turns, inventory, lanes)
        await withTaskGroup(of: Done.self) { group in
            var ready: [Int: DigestFacts] = [:]
            var begun = 0
            for slot in jobs.indices {
                while begun < jobs.count, begun - slot < window {
                    if let (i, reference, isBackfill) = Self.digest(of: jobs[begun]),
                        let location = inventory.location(lanes[i], reference, isBackfill: isBackfill)
                    {
                        let (number, lane) = (begun, lanes[i])
                        let facts = DigestFacts(location, end: reference.end, isBackfill: isBackfill)
                        group.addTask {
                            Done(
                                slot: number,
                                facts: await check.check(facts, of: lane, turns: turns) {
                                    await findings.emit($0, number)
                                })
                        }
                    }
                    begun += 1
                }
                await findings.begin(slot)
                switch jobs[slot] {
                case .digest(let i, _, let isBackfill):
                    while ready[slot] == nil, let done = await group.next() { ready[done.slot] = done.facts }
                    if let facts = ready.removeValue(forKey: slot) {
                        await take(facts, lanes[i], isBackfill, plain: plain)
                    }
                case .again(let i, _):
                    while ready[slot] == nil, let done = await group.next() { ready[done.slot] = done.facts }
                    if let facts = ready.removeValue(forKey: slot), scope.takes(lanes[i]) {
                        summary.files.add(facts.files)
                        if facts.isSound { summary.validDigests += 1 } else { summary.invalidDigests += 1 }
                        for hash in facts.listed { listed.insert(hash) }
                        digestsDone += 1
                    }
                case .endOfChain(let i, _): await endChain(lanes[i])
                case .endOfArea(let area): await endArea(area, reader)
                }
            }
        }
    }

    private static func digest(of job: Job) -> (lane: Int, Inventory.Reference, isBackfill: Bool)? {
        switch job {
        case .digest(let i, let reference, let isBackfill): (i, reference, isBackfill)
        case .again(let i, let reference): (i, reference, false)
        default: nil
        }
    }

    private mutating func take(_ facts: DigestFacts, _ lane: LaneName, _ isBackfill: Bool, plain: Bool) async {
        if walk == nil {
            walk = ChainWalk(
                lane, isBackfill: isBackfill, isPlain: plain, allowsUnsignedNewest: scope.allowsUnsignedNewest,
                period: scope.period)
        }
        for finding in walk?.next(facts) ?? [] where scope.takes(lane) { await findings.give(finding) }
        if scope.isVerbose, facts.isSound, facts.isSigned, scope.takes(lane) {
            await findings.give(.valid("Digest file", facts.name))
        }
        await takeListed(facts, lane, isBackfill)
        if !isBackfill, let head = scope.state?.heads[lane], facts.end == head.end {
            seenHeads.insert(lane)
            if facts.bodyHash != head.hash, !facts.isUnread {
                await rewritten(lane, head, found: facts.bodyHash?.hex ?? "another")
            }
        }
        digestsDone += 1
        progress(
            Validation.Progress(
                digests: digestsDone, digestCount: digestCount,
                files: summary.files.valid + (walk?.files.valid ?? 0),
                byteCount: summary.files.contentByteCount + (walk?.files.contentByteCount ?? 0)))
    }

    private func rewritten(_ lane: LaneName, _ head: ValidationState.Head, found: String) async {
        await findings.give(
            Finding(
                .stateRewritten, head.object, lane: lane, expected: head.hash.hex, found: found,
                "an earlier run has validated this digest, and it is gone or another now: history was rewritten"))
    }

    private mutating func takeListed(_ facts: DigestFacts, _ lane: LaneName, _ isBackfill: Bool) async {
        var (repeated, overlapping) = (0, 0)
        for hash in facts.listed {
            if isBackfill {
                if listed.contains(hash) { overlapping += 1 }
                if !listedByBackfill.insert(hash).inserted { repeated += 1 }
            } else if !listed.insert(hash).inserted {
                repeated += 1
            }
        }
        guard scope.takes(lane) else { return }
        if repeated > 0 {
            await findings.give(
                Finding(
                    .logRepeated, facts.name, lane: lane, expected: "each file once",
                    found: "\(repeated) files a second time",
                    "the digest lists files twice, or files that another digest lists"))
        }
        if overlapping > 0 {
            await findings.give(
                Finding(
                    .backfillOverlap, facts.name, lane: lane, found: "\(overlapping) files",
                    "the backfill digest lists files that a standard digest lists"))
        }
    }

    private mutating func endChain(_ lane: LaneName) async {
        guard var walk else { return }
        self.walk = nil
        let isAsked = scope.takes(lane)
        let head = walk.isBackfill ? nil : scope.state?.heads[lane]
        // What lies before the head was validated.
        let from = head.map { max($0.end, scope.start ?? $0.end) } ?? scope.start
        for finding in walk.finish(from: from) where isAsked { await findings.give(finding) }
        if !walk.isBackfill, let end = walk.newestSigned?.end ?? walk.newest?.end { areaEnd = max(areaEnd ?? end, end) }
        guard isAsked else { return }
        if walk.isBackfill {
            summary.validBackfills += walk.validCount
            summary.invalidBackfills += walk.invalidCount
        } else {
            summary.validDigests += walk.validCount
            summary.invalidDigests += walk.invalidCount
            restarts += walk.restarts.map { (lane, $0) }
            judgeTail(walk, lane)
            if let newest = walk.newestSigned, let hash = newest.bodyHash {
                state.heads[lane] = ValidationState.Head(object: newest.name, end: newest.end, hash: hash)
            }
            if let home = walk.newestSigned, home.document?.cairn?.hasLanes ?? false { homes.append(home) }
            summary.lanes.append(
                Summary.LaneCoverage(
                    account: lane.account, region: lane.region, trail: lane.trail, from: walk.coveredFrom,
                    until: walk.newestSigned?.end))
            if let end = scope.end, let newest = walk.newest?.end {
                let isAnchored = newest > end && (walk.newest?.document?.start ?? newest) >= end
                summary.isAnchored = (summary.isAnchored ?? true) && isAnchored
            }
        }
        summary.files.add(walk.files)
    }

    /// Whether a chain reaches as far as it must.
    private mutating func judgeTail(_ walk: ChainWalk, _ lane: LaneName) {
        guard let newest = walk.newest else { return }
        let signed = walk.newestSigned
        if signed?.document?.cairn?.kind == "final", signed?.end == newest.end { return }
        let period = newest.document?.cairn.map { Int64($0.periodSeconds) } ?? scope.period
        let needed = scope.end?.seconds ?? scope.now.seconds - period - Scope.grace
        // An unsigned newest digest stands for one interval at most.
        var reached = signed?.end.seconds ?? .min
        if scope.allowsUnsignedNewest, walk.isPlain, newest.signature == nil, let start = newest.document?.start {
            reached = max(reached, min(newest.end.seconds, start.seconds + period))
            if signed == nil || start.seconds > reached { reached = signed?.end.seconds ?? .min }
        }
        guard reached < needed else { return }
        tails.append(
            (
                lane,
                Finding(
                    .digestTailMissing, newest.name, lane: lane,
                    expected: "signed digests up to \(EventTime(seconds: needed))",
                    found: signed.map { "up to \($0.end)" } ?? "none that is signed and sound",
                    "the newest digests are missing: they were deleted, or no longer made. This is the newest one here; look at "
                        + "the trail's status and at who deletes from the bucket"),
                signed?.end ?? EventTime(seconds: .min / 2)
            ))
    }

    // MARK: What no digest lists

    private mutating func endArea(_ area: Inventory.Area, _ reader: InventoryReader) async {
        let (listed, other, findings, scope) = (listed, listedByBackfill, findings, scope)
        let end = areaEnd
        // What earlier runs have seen listed is not remembered by name.
        let known = lanes.filter { $0.account == area.account && $0.region == area.region }
            .compactMap { scope.state?.heads[$0]?.end }.max()
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
                    // Names have whole minutes.
                    if let start = scope.start, place.time.seconds + 60 <= start.seconds { return }
                    if let known, place.time.seconds <= known.seconds { return }
                    if let until = scope.end, place.time.seconds > until.seconds - 300 { return }
                    if let end, place.time.seconds + 60 > end.seconds - 300 {
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
        (self.listed, listedByBackfill, areaEnd) = ([], [], nil)
    }

    // MARK: After

    private mutating func judgeRest() async {
        for (lane, head) in (scope.state?.heads ?? [:]).sorted(by: { $0.key < $1.key })
        where scope.takes(lane) && !seenHeads.contains(lane) && (scope.end.map { $0 >= head.end } ?? true) {
            await rewritten(lane, head, found: "nothing")
        }
        for (lane, head) in scope.state?.heads ?? [:] where state.heads[lane] == nil { state.heads[lane] = head }
        for (lane, restart) in restarts {
            // The digest before covers the event that stopped the trail: the last one of its chain does.
            let from = EventTime(seconds: restart.olderEnd.seconds - 7_200)
            let until = EventTime(seconds: restart.olderEnd.seconds + 60)
            if turns.hasStop(lane, from: from, until: until) { continue }
            await findings.give(
                Finding(
                    .linkNull, restart.name, lane: lane,
                    expected: "a link to the digest before it, or an event that logging stopped",
                    found: "nothing",
                    "a chain begins anew, and no event in the log files says that logging was stopped: digests between "
                        + "\(restart.olderEnd) and \(restart.newerStart) may have been removed"))
        }
        for (lane, finding, since) in tails {
            // The event that stopped the trail lies in the last hours before the chain's end.
            let from = EventTime(seconds: since.seconds - 7_200)
            if turns.hasStop(lane, from: from, until: EventTime(seconds: since.seconds + 60)) { continue }
            await findings.give(finding)
        }
        for home in homes { await judgeLanes(of: home) }
    }

    /// Compares the other lanes of a trail with what its home lane's newest digest says of them.
    private func judgeLanes(of home: DigestFacts) async {
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

    private func judge(
        _ account: String, _ region: String, _ digest: DigestDocument.Named, _ home: DigestFacts
    ) async {
        guard scope.takes(account: account), scope.takes(region: region) else { return }
        if let start = scope.start, let end = digest.end, end <= start { return }
        let name = "s3://\(digest.bucket)/\(digest.key)"
        guard let location = DigestFacts.location(bucket: digest.bucket, key: digest.key) else { return }
        do throws(ArchiveProblem) {
            let object = try await archive.open(location)
            guard object.byteCount <= 64 << 20,
                let body = try? Gunzip.member(try await object.readAll(), limit: 1 << 28)
            else { return }
            if SHA256.hash(body).hex != digest.hash {
                await findings.give(
                    Finding(
                        .linkHash, name, expected: digest.hash, found: SHA256.hash(body).hex,
                        "the trail's home digest \(home.name) saw another digest of this name"))
            }
        } catch {
            guard case .missing = error else { return }
            let isKnown = lanes.contains { $0.account == account && $0.region == region }
            await findings.give(
                Finding(
                    isKnown ? .laneBehind : .laneMissing, name,
                    expected: "a digest that ends at \(digest.end?.iso8601 ?? "?")",
                    found: "nothing",
                    isKnown
                        ? "the trail's home digest \(home.name) names this digest, and it is not there: the lane was cut back"
                        : "the trail's home digest \(home.name) names this lane, of which nothing is there"))
        }
    }
}
