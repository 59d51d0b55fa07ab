import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects

/// One run over an archive. Digests and their files are checked many at a time; what follows from their order is decided one
/// after the other.
struct ValidationRun {
    /// One digest to check, or a mark between them.
    enum Job: Sendable {
        case digest(Int, Inventory.Reference, isBackfill: Bool)
        /// One that an earlier run has validated, drawn to be checked again.
        case again(Int, Inventory.Reference)
        /// One before the time that is looked at: what it lists is known then, and how the chain stood.
        case before(Int, Inventory.Reference, isBackfill: Bool, isAlone: Bool)
        case endOfChain(Int, isBackfill: Bool)
        case endOfArea(Inventory.Area)
    }

    /// A digest's check that is done.
    private struct Done: Sendable {
        var slot: Int
        var facts: DigestFacts
    }

    let archive: Archive
    let keys: PublicKeys
    private let fileKeys: (any KeyService)?
    let scope: Scope
    let findings: OrderedFindings
    private let progress: @Sendable (Validation.Progress) -> Void

    var summary = Summary()
    var inventory = Inventory()
    var lanes: [LaneName] = []
    /// Indices of ``lanes``.
    var lanesOfArea: [Inventory.Area: [Int]] = [:]
    private var walk: ChainWalk?
    /// The files that digests of the current area list.
    var listed: Set<NameHash> = []
    var listedByBackfill: Set<NameHash> = []
    /// The files that the newest digests list, where these have no signature and need none.
    var listedUnsigned: Set<NameHash> = []
    var area = AreaCoverage()
    /// Of the current chain: the newest digest before the time that is looked at.
    private var before: DigestFacts?
    /// Whether what was delivered shortly before that time is known, for the current area.
    var isBeforeKnown = true
    var restarts: [(LaneName, ChainWalk.Restart)] = []
    /// Chains that end before the time asked for, where no digest says why.
    var tails: [(LaneName, Finding, newest: DigestFacts?, since: EventTime?)] = []
    /// How many digests tell of the time asked for.
    var relevantCount = 0
    /// The newest digests of home lanes, which name the others.
    var homes: [DigestFacts] = []
    /// The backfill digests that the newest digests name.
    var backfills: [(LaneName, by: String, DigestDocument.Named)] = []
    var turns = TurnEvents()
    /// Chains of cairn's, and those of them that speak of the others.
    var cairnLanes: Set<LaneName> = []
    var homeLanes: Set<LaneName> = []
    private var digestsDone = 0
    /// What the next run may pass over.
    var state = ValidationState()
    var seenHeads: Set<LaneName> = []
    var digestCount = 0

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
        lanesOfArea = Dictionary(grouping: lanes.indices) {
            Inventory.Area(account: lanes[$0].account, region: lanes[$0].region)
        }
        await judgeLanes()
        let jobs = jobs()
        await work(jobs, plain: !inventory.hasMetadata, reader)
        await judgeRest()
        summary.findings = await findings.counts
        summary.lanes.sort {
            ($0.account, $0.region, $0.organization ?? "", $0.trail)
                < ($1.account, $1.region, $1.organization ?? "", $1.trail)
        }
        return summary
    }

    // MARK: Digest by digest

    private mutating func work(_ jobs: [Job], plain: Bool, _ reader: InventoryReader) async {
        let pool = WorkspacePool(count: scope.threadCount)
        func check(files: Bool) -> DigestCheck {
            DigestCheck(
                archive: archive, keys: keys,
                files: LogFileCheck(archive: archive, keys: fileKeys, now: scope.now.seconds + 86_400),
                pool: pool, isPlain: plain, checksFiles: files, isVerbose: scope.isVerbose)
        }
        let (check, namesOnly) = (check(files: true), check(files: false))
        // Digests have few files or many: some are begun ahead so that no workspace is idle.
        let window = max(4, scope.threadCount * 4)
        let (findings, inventory, lanes) = (findings, inventory, lanes)
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
                        switch jobs[begun] {
                        case .before(_, _, _, let isAlone):
                            // Nobody asked for a verdict on it. Where it is the chain's last, its files may say why.
                            let check = isAlone ? check : namesOnly
                            group.addTask {
                                Done(slot: number, facts: await check.check(facts, of: lane) { _ in })
                            }
                        default:
                            group.addTask {
                                Done(
                                    slot: number,
                                    facts: await check.check(facts, of: lane) { await findings.emit($0, number) })
                            }
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
                case .before(let i, _, let isBackfill, _):
                    while ready[slot] == nil, let done = await group.next() { ready[done.slot] = done.facts }
                    if let facts = ready.removeValue(forKey: slot) { takeBefore(facts, lanes[i], isBackfill) }
                case .endOfChain(let i, let isBackfill): await endChain(lanes[i], isBackfill, plain: plain)
                case .endOfArea(let area): await endArea(area, reader)
                }
            }
        }
    }

    private static func digest(of job: Job) -> (lane: Int, Inventory.Reference, isBackfill: Bool)? {
        switch job {
        case .digest(let i, let reference, let isBackfill): (i, reference, isBackfill)
        case .again(let i, let reference): (i, reference, false)
        case .before(let i, let reference, let isBackfill, _): (i, reference, isBackfill)
        default: nil
        }
    }

    private mutating func take(_ facts: DigestFacts, _ lane: LaneName, _ isBackfill: Bool, plain: Bool) async {
        if walk == nil { walk = newWalk(lane, isBackfill, plain: plain) }
        for finding in walk?.next(facts) ?? [] where scope.takes(lane) { await findings.give(finding) }
        if scope.isVerbose, facts.isSound, facts.isSigned, scope.takes(lane) {
            await findings.give(.valid("Digest file", facts.name))
        }
        if let document = facts.document, scope.takes(lane), document.start <= scope.end ?? document.start,
            document.end > scope.start ?? EventTime(seconds: .min)
        {
            relevantCount += 1
        }
        if walk?.lastIsSigned == true { turns.add(facts.turns, account: lane.account) }
        if walk?.lastIsAllowedUnsigned == true {
            for hash in facts.listed { listedUnsigned.insert(hash) }
        } else {
            await takeListed(facts, lane, isBackfill)
        }
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

    private func newWalk(_ lane: LaneName, _ isBackfill: Bool, plain: Bool) -> ChainWalk {
        ChainWalk(
            lane, isBackfill: isBackfill, isPlain: plain, allowsUnsignedNewest: scope.allowsUnsignedNewest,
            period: scope.period)
    }

    /// What a digest before the time that is looked at lists is not unlisted.
    private mutating func takeBefore(_ facts: DigestFacts, _ lane: LaneName, _ isBackfill: Bool) {
        // In a copy without metadata its signature is not at hand: it is believed that much.
        guard facts.isSound, facts.isSigned || !inventory.hasMetadata else {
            isBeforeKnown = false
            return
        }
        for hash in facts.listed { if isBackfill { listedByBackfill.insert(hash) } else { listed.insert(hash) } }
        guard !isBackfill else { return }
        if facts.isSigned { turns.add(facts.turns, account: lane.account) }
        if before == nil { before = facts }
    }

    func rewritten(_ lane: LaneName, _ head: ValidationState.Head, found: String) async {
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

    private mutating func endChain(_ lane: LaneName, _ isBackfill: Bool, plain: Bool) async {
        defer { before = nil }
        guard var walk else {
            if !isBackfill { judgeAbsence(lane, plain: plain) }
            return
        }
        self.walk = nil
        let isAsked = scope.takes(lane)
        let head = walk.isBackfill || scope.recheck >= 1 ? nil : scope.state?.heads[lane]
        // What lies before the head was validated.
        let from = head.map { max($0.end, scope.start ?? $0.end) } ?? scope.start
        for finding in walk.finish(from: from) where isAsked { await findings.give(finding) }
        if !walk.isBackfill { area.take(walk, period: scope.period) }
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
            if let newest = walk.newestSigned, let cairn = newest.document?.cairn {
                cairnLanes.insert(lane)
                if cairn.hasLanes {
                    homes.append(newest)
                    homeLanes.insert(lane)
                }
                if let backfill = cairn.backfill { backfills.append((lane, newest.name, backfill)) }
            }
            summary.lanes.append(
                Summary.LaneCoverage(
                    organization: lane.organization, account: lane.account, region: lane.region, trail: lane.trail,
                    from: walk.coveredFrom, until: walk.newestSigned?.end))
            if let end = scope.end, let newest = walk.newest?.end {
                let isAnchored = newest > end && (walk.newest?.document?.start ?? newest) >= end
                summary.isAnchored = (summary.isAnchored ?? true) && isAnchored
            }
        }
        summary.files.add(walk.files)
    }

    /// A chain of which nothing lies in the time that is looked at: it must have ended before, and say so.
    private mutating func judgeAbsence(_ lane: LaneName, plain: Bool) {
        guard let before, scope.takes(lane) else { return }
        var walk = newWalk(lane, false, plain: plain)
        _ = walk.next(before)
        area.take(walk, period: scope.period)
        if let cairn = walk.newestSigned?.document?.cairn {
            cairnLanes.insert(lane)
            if cairn.hasLanes { homeLanes.insert(lane) }
        }
        judgeTail(walk, lane)
    }

    /// Whether a chain reaches as far as it must.
    private mutating func judgeTail(_ walk: ChainWalk, _ lane: LaneName) {
        guard let newest = walk.newest else { return }
        let signed = walk.newestSigned
        if signed?.document?.cairn?.kind == "final", signed?.end == newest.end { return }
        // What is not signed says nothing of the interval either.
        let period = signed?.document?.cairn.map { Int64($0.periodSeconds) } ?? scope.period
        let needed = scope.end?.seconds ?? scope.now.seconds - period - Scope.grace
        // An unsigned newest digest stands for one interval at most.
        var reached = signed?.end.seconds ?? .min
        if scope.allowsUnsignedNewest, walk.isPlain, newest.signature == nil, let start = newest.document?.start {
            reached = max(reached, min(newest.end.seconds, start.seconds + period))
            if signed == nil || start.seconds > reached { reached = signed?.end.seconds ?? .min }
        }
        guard reached < needed else { return }
        if let head = scope.state?.heads[lane], head.isEnded, signed?.end == head.end {
            state.heads[lane]?.isEnded = true
            return
        }
        tails.append(
            (
                lane,
                Finding(
                    .digestTailMissing, newest.name, lane: lane,
                    expected: "signed digests up to \(EventTime(seconds: needed))",
                    found: signed.map { "up to \($0.end)" } ?? "none that is signed and sound",
                    "the newest digests are missing: they were deleted, or no longer made. This is the newest one here; look at "
                        + "the trail's status and at who deletes from the bucket"),
                signed, walk.newestStart
            ))
    }
}
