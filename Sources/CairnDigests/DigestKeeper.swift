package import CairnCatalog
package import CairnFormat
package import CairnLog
package import CairnObjects
package import CairnSystem
package import CoreMetrics
package import Logging
import Synchronization

/// Keeps the digest chains of one partition: follows its `delivered` log, and makes each digest when it is due.
///
/// Every decision is in a chain's head before it is carried out; what the keeper holds in memory is where entries stand.
package final class DigestKeeper: Sendable {
    /// How a keeper works.
    package struct Settings: Sendable {
        /// The length of a digest's interval; at least 5 s.
        package var period: Duration = .seconds(3_600)
        package var pollInterval: Duration = .milliseconds(500)
        /// How many digests are made at the same time.
        package var parallelism = 4
        /// How many heads are written in one go.
        package var batchCount = 64
        package var retryIntervalMax: Duration = .seconds(60)

        package init() {}
    }

    /// What keepers of digests count.
    package struct Metrics: Sendable {
        let digests: Counter
        let failures: Counter

        package init(factory: any MetricsFactory) {
            digests = Counter(label: "cairn_digests_total", dimensions: [], factory: factory)
            failures = Counter(label: "cairn_digest_failures_total", dimensions: [], factory: factory)
        }
    }

    /// What the keeper of a partition works with.
    package struct Seams: Sendable {
        package var delivered: any EventLog
        package var store: any ObjectStore
        package var catalog: Catalog
        package var signer: DigestSigner
        package var time: any TimeSource
        package var find: @Sendable (Finding.Kind, _ subject: String, _ text: String) async -> Void
        /// The sequence behind the last one of the partition's log.
        package var logEnd: @Sendable () async throws(LogError) -> UInt64
        /// Hears how the digests of a chain get on: nil, one was made; else why none can be.
        package var report: @Sendable (ChainName, _ trail: UniqueID, _ failure: String?) -> Void
        /// Where a trail delivers now; nil when there is no such trail any more.
        package var place: @Sendable (UniqueID) async throws(CatalogError) -> TrailPlace?

        package init(
            delivered: any EventLog, store: any ObjectStore, catalog: Catalog, signer: DigestSigner,
            time: any TimeSource,
            find: @escaping @Sendable (Finding.Kind, _ subject: String, _ text: String) async -> Void,
            logEnd: @escaping @Sendable () async throws(LogError) -> UInt64,
            report: @escaping @Sendable (ChainName, _ trail: UniqueID, _ failure: String?) -> Void,
            place:
                @escaping @Sendable (UniqueID) async throws(CatalogError) -> TrailPlace?
        ) {
            (self.delivered, self.store, self.catalog, self.signer) = (delivered, store, catalog, signer)
            (self.time, self.find, self.logEnd, self.report, self.place) = (time, find, logEnd, report, place)
        }
    }

    /// The chains as they are followed. Not for use by two tasks at once.
    package struct Following: Sendable {
        /// Names a lane of all folders.
        struct LaneKey: Hashable {
            var trail: UniqueID
            var account: AccountID
            var region: Region
        }

        var chains: [ChainName: ChainState] = [:]
        var names: [LaneKey: ChainName] = [:]
        /// The first place of the `delivered` log that was not read.
        var seen: UInt64 = 1
        var schedule = DueChains()
        /// Chains with something to do that are not in work yet.
        var due: [ChainName] = []
    }

    private let partition: Int
    private let seams: Seams
    private let settings: Settings
    private let metrics: Metrics
    private let logger: Logger
    private let heads: HeadDocuments
    private let builder: DigestBuilder
    /// Whether a chain belongs to this partition.
    private let isOwn: @Sendable (ChainName) -> Bool
    private let needed = Mutex<UInt64>(0)

    package init(
        partition: Int, seams: Seams, settings: Settings, metrics: Metrics, logger: Logger,
        isOwn: @escaping @Sendable (ChainName) -> Bool
    ) {
        (self.partition, self.seams, self.settings, self.metrics) = (partition, seams, settings, metrics)
        (self.logger, self.isOwn) = (logger, isOwn)
        heads = HeadDocuments(seams.catalog)
        builder = DigestBuilder(
            heads: heads, reader: DeliveredReader(log: seams.delivered), store: seams.store,
            time: seams.time, periodSeconds: max(5, settings.period.components.seconds), find: seams.find,
            logEnd: seams.logEnd, place: seams.place)
    }

    /// Entries of the `delivered` log before this are digested, as of a minute ago at the latest; 0 before the heads are read.
    package var floor: UInt64 { needed.withLock { $0 } }

    /// Works until the task is cancelled.
    package func run() async {
        var following: Following?
        while !Task.isCancelled {
            var wait = settings.pollInterval
            do throws(DigestError) {
                if following == nil { following = try await follow() }
                if var now = following {
                    following = nil
                    if try await step(&now) { wait = .zero }
                    following = now
                }
            } catch {
                metrics.failures.increment()
                logger.error(
                    "digests of a partition wait; they are tried again",
                    metadata: ["partition": "\(partition)", "error": "\(error)"])
                wait = .seconds(1)
            }
            if wait > .zero { do { try await seams.time.sleep(for: wait) } catch { return } }
        }
    }

    /// Reads the heads of the partition's chains.
    package func follow() async throws(DigestError) -> Following {
        var following = Following()
        let backfills = try await heads.backfills()
        for head in try await heads.list() where isOwn(head.name) {
            guard let versioned = try await heads.read(head.name) else { continue }
            var state = ChainState(versioned.content, revision: versioned.revision)
            state.backfill = backfills[head.name]
            following.chains[head.name] = state
            for lane in versioned.content.folders {
                let key = Following.LaneKey(
                    trail: lane.trail, account: head.name.account, region: head.name.region)
                // One that has ended gives way: its trail became an organization's, or is one's no longer.
                if following.names[key] == nil || lane.isOpen { following.names[key] = head.name }
            }
        }
        do throws(LogError) { following.seen = try await seams.delivered.bounds().first } catch { throw .log(error) }
        return following
    }

    /// Takes in what was delivered, and makes what is due. False when there is nothing to do now.
    package func step(_ following: inout Following) async throws(DigestError) -> Bool {
        let grew = try await take(&following)
        if following.due.isEmpty { look(&following) }
        let batch = Array(following.due.prefix(settings.batchCount))
        following.due.removeFirst(batch.count)
        for name in batch { following.schedule.touch(name) }
        let made = batch.isEmpty ? false : try await make(batch, &following)
        return grew || made || !following.due.isEmpty
    }

    /// Looks which chains have something to do, those that wait longest first; and how much of the `delivered` log is needed.
    private func look(_ following: inout Following) {
        let (now, uptime) = (seams.time.now.seconds, seams.time.uptime)
        let period = builder.periodSeconds
        if following.schedule.needsLook(now: now, uptime: uptime) {
            following.schedule.look(following.chains, now: now, uptime: uptime, period: period)
            let seen = following.seen
            let floor = following.chains.values.reduce(seen) { min($0, $1.floor(seen: seen)) }
            needed.withLock { $0 = floor }
        }
        following.due = following.schedule.next(following.chains, now: now, uptime: uptime, period: period)
    }

    // MARK: Following the log

    /// Takes in all that the `delivered` log has at this moment: a window that the clock closes must not close before what
    /// was delivered in it is read.
    private func take(_ following: inout Following) async throws(DigestError) -> Bool {
        let end: UInt64
        do throws(LogError) { end = try await seams.delivered.end() } catch { throw .log(error) }
        guard end > following.seen else { return false }
        while following.seen < end, try await takeChunk(&following) {}
        return true
    }

    private func takeChunk(_ following: inout Following) async throws(DigestError) -> Bool {
        let chunk: LogChunk
        do throws(LogError) {
            chunk = try await seams.delivered.read(from: following.seen, byteCountMax: 1 << 20)
        } catch { throw .log(error) }
        guard chunk.next > following.seen else { return false }
        for frame in chunk.frames where frame.kind == .delivered {
            guard let record = DeliveredCoding.decode(chunk.payload(frame)) else {
                throw .unreadable(place: frame.sequence)
            }
            note(record, at: frame.sequence, &following)
        }
        following.seen = chunk.next
        return true
    }

    private func note(_ record: DeliveredRecord, at place: UInt64, _ following: inout Following) {
        let key = Following.LaneKey(
            trail: record.lane.trail, account: record.lane.account, region: record.lane.region)
        switch record.kind {
        case .start, .stop:
            guard let digests = record.digests else { return }
            let name = digests.chain
            following.chains[name, default: ChainState(ChainHead(digests, trail: record.lane.trail), revision: nil)]
                .note(record, at: place)
            if record.kind == .start { following.names[key] = name }
            following.schedule.touch(name)
        case .file, .abandoned:
            guard let name = following.names[key], let chain = following.chains[name],
                chain.head.isOpen || chain.hasTurn
            else { return }
            following.chains[name]?.note(record, at: place)
            following.schedule.touch(name)
        }
    }

    // MARK: Making digests

    /// One round over the chains that are due: decides their digests in one swap, puts them, commits in one swap.
    private func make(_ batch: [ChainName], _ following: inout Following) async throws(DigestError) -> Bool {
        let states = batch.compactMap { following.chains[$0] }
        let seen = following.seen
        let builder = builder
        let round = try await seams.signer.round()
        var planned: [(head: ChainHead, revision: UInt64?)] = []
        for outcome in await inParallel(
            states,
            { (state) throws(DigestError) in
                try await builder.plan(state, seen: seen, round)
            })
        {
            switch outcome.result {
            case .success(let head?): planned.append((head, following.chains[head.name]?.revision))
            case .success(nil): following.chains[outcome.name]?.settle()
            case .failure(let error): try await fail(outcome.name, error, &following)
            }
        }
        guard !planned.isEmpty else { return false }
        let decided = try await swap(planned.filter { $0.head != following.chains[$0.head.name]?.head }, &following)
        // An intent of another builder may reach further than was read here: its digest would lack what lies between.
        let open = planned.map(\.head.name).filter { name in
            following.chains[name]?.head.intent.map { $0.until <= seen } ?? false
        }
        var finished: [(head: ChainHead, revision: UInt64?)] = []
        let busy = open.compactMap { following.chains[$0] }
        for outcome in await inParallel(
            busy,
            { (state) throws(DigestError) in
                try await builder.finish(state, round)
            })
        {
            switch outcome.result {
            case .success(let head?): finished.append((head, following.chains[head.name]?.revision))
            case .success(nil): break
            case .failure(let error): try await fail(outcome.name, error, &following)
            }
        }
        let lists = busy.compactMap { state in
            state.head.intent.flatMap { $0.lanes == nil ? nil : (state.head.name, $0.end) }
        }
        try await announce(finished.map(\.head), before: following)
        let committed = try await swap(finished, &following)
        for (head, _) in finished where committed.contains(head.name) { seams.report(head.name, head.trail, nil) }
        for (name, end) in lists where committed.contains(name) && following.chains[name]?.head.intent == nil {
            try await heads.forget(name, end: end)
        }
        metrics.digests.increment(by: committed.count)
        return !decided.isEmpty || !committed.isEmpty
    }

    /// Has those told that wait for digests: an entry for the notifier. Before the commit, since afterwards nobody would know
    /// what is left to do; a builder that comes again writes it again, and copies are dropped.
    private func announce(_ heads: [ChainHead], before following: Following) async throws(DigestError) {
        var entries: [LogEntry] = []
        for head in heads where head.intent == nil {
            guard let intent = following.chains[head.name]?.head.intent, let topic = intent.topic,
                let digest = head.previous
            else { continue }
            let notice = DigestNotice(
                lane: Lane(trail: intent.trail, account: head.name.account, region: head.name.region, folder: .trail),
                bucket: digest.bucket, key: digest.key, topic: topic, at: intent.signedAt.seconds * 1_000)
            entries.append(
                LogEntry(
                    kind: .digest, id: LogID(notice.id), at: seams.time.now.milliseconds, payload: notice.json))
        }
        guard !entries.isEmpty else { return }
        do throws(LogError) { _ = try await seams.delivered.append(entries) } catch { throw .log(error) }
    }

    /// Writes heads and takes those that were written as they are now; the others are read again.
    private func swap(
        _ wanted: [(head: ChainHead, revision: UInt64?)], _ following: inout Following
    ) async throws(DigestError) -> Set<ChainName> {
        guard !wanted.isEmpty else { return [] }
        var done: Set<ChainName> = []
        let written: [UInt64?]
        do throws(DigestError) { written = try await heads.swap(wanted) } catch {
            // Whether they were written is not known: the next look tells.
            for (head, _) in wanted { try? await reload(head.name, &following) }
            throw error
        }
        for ((head, _), revision) in zip(wanted, written) {
            if let revision {
                following.chains[head.name]?.commit(head, revision: revision)
                done.insert(head.name)
            } else {
                try await reload(head.name, &following)
            }
        }
        return done
    }

    private func reload(_ name: ChainName, _ following: inout Following) async throws(DigestError) {
        guard let versioned = try await heads.read(name) else { return }
        let known = following.chains[name]?.head.previous
        following.chains[name]?.commit(versioned.content, revision: versioned.revision)
        // Made all the same, by an answer that was lost or by another.
        if versioned.content.previous != known { seams.report(name, versioned.content.trail, nil) }
    }

    private func fail(_ name: ChainName, _ error: DigestError, _ following: inout Following) async throws(DigestError) {
        if case .stale = error {
            let before = following.chains[name]?.head
            try await reload(name, &following)
            // As it should be. A head that has not moved is a failure like others.
            if following.chains[name]?.head != before { return }
        }
        metrics.failures.increment()
        guard var state = following.chains[name] else { return }
        state.failureCount += 1
        seams.report(name, state.head.trail, error.description)
        let wait = min(.milliseconds(500 << min(state.failureCount, 10)), settings.retryIntervalMax)
        state.notBefore = seams.time.uptime + wait
        if state.failure != error.description {
            state.failure = error.description
            if case .rolledBack(let location) = error {
                await seams.find(.rolledBack, "\(location)", error.description)
            }
        }
        following.chains[name] = state
        logger.error(
            "a digest cannot be made; it is tried again",
            metadata: ["chain": "\(name)", "error": "\(error)", "retryIn": "\(wait)"])
    }

    /// What came of the work on one chain.
    private struct Outcome: Sendable {
        var name: ChainName
        var result: Result<ChainHead?, DigestError>
    }

    /// Works on chains a few at a time; the outcomes in no order.
    private func inParallel(
        _ states: [ChainState], _ body: @escaping @Sendable (ChainState) async throws(DigestError) -> ChainHead?
    ) async -> [Outcome] {
        await withTaskGroup(of: Outcome.self) { group in
            var outcomes: [Outcome] = []
            for (i, state) in states.enumerated() {
                if i >= settings.parallelism, let outcome = await group.next() { outcomes.append(outcome) }
                group.addTask { await Self.outcome(state, body) }
            }
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    private static func outcome(
        _ state: ChainState, _ body: @Sendable (ChainState) async throws(DigestError) -> ChainHead?
    ) async -> Outcome {
        do throws(DigestError) {
            return Outcome(name: state.head.name, result: .success(try await body(state)))
        } catch {
            return Outcome(name: state.head.name, result: .failure(error))
        }
    }
}
