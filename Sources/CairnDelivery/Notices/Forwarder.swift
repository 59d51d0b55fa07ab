import CairnCatalog
package import CairnLog
package import CairnSystem
package import CairnTopics
import CoreMetrics
package import Logging

/// Passes one partition's notices of an embedded topic on to one subscription's destination: each at least once, in order for
/// each lane. A destination that is away delays its own notices and nobody else's.
///
/// Its place is saved after publishing: a crash between repeats notices, never loses one.
package struct Forwarder: Sendable {
    /// What all forwarders of a partition share.
    package struct Context: Sendable {
        let partition: Int
        let subscriptions: SubscriptionService
        let opening: Outlets.Opening
        let time: any TimeSource
        let random: any RandomSource
        let metrics: DeliveryMetrics
        let findings: FindingLog
        let logger: Logger
        let pollInterval: Duration

        package init(
            partition: Int, subscriptions: SubscriptionService, opening: @escaping Outlets.Opening,
            time: any TimeSource, random: any RandomSource, metrics: DeliveryMetrics, findings: FindingLog,
            logger: Logger, pollInterval: Duration
        ) {
            (self.partition, self.subscriptions, self.opening) = (partition, subscriptions, opening)
            (self.time, self.random, self.metrics) = (time, random, metrics)
            (self.findings, self.logger, self.pollInterval) = (findings, logger, pollInterval)
        }
    }

    /// The limit of SNS and of SQS.
    private static let batchSize = 10
    private static let batchCountMax = 4
    private static let readByteCount = 64 << 10
    private static let firstPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(60)
    private static let refusedPause = Duration.seconds(5)
    /// For how long a destination that took something counts as being there.
    private static let presence = Duration.seconds(60)
    /// While more waits to be sent, places are saved no more often than this.
    private static let savePause = Duration.seconds(1)
    /// How often a subscription is looked at, whether it is still the same.
    private static let lookPause = Duration.seconds(1)

    private let context: Context
    private let subscription: Subscription
    private let log: any EventLog

    /// - Parameter log: the topic's part in the partition.
    package init(_ context: Context, _ subscription: Subscription, log: any EventLog) {
        (self.context, self.subscription, self.log) = (context, subscription, log)
    }

    /// How one round went.
    private enum Round: Sendable, Equatable {
        case sent(Set<UInt64>)
        case refused(Set<UInt64>, reason: String)
        case away(Set<UInt64>, reason: String)

        var hasSent: Bool { if case .sent(let sequences) = self { !sequences.isEmpty } else { false } }
    }

    /// Works until the task is cancelled, or the subscription is gone.
    package func run() async {
        while !Task.isCancelled {
            do throws(TopicError) {
                return try await forward()
            } catch {
                context.logger.error(
                    "notices of a subscription cannot be passed on; it is tried again",
                    metadata: [
                        "topic": "\(subscription.topic)", "subscription": "\(subscription.name)", "error": "\(error)",
                    ])
            }
            do { try await context.time.sleep(for: .seconds(1)) } catch { return }
        }
    }

    private func forward() async throws(TopicError) {
        var current = subscription
        var state = try await context.subscriptions.state(current, partition: context.partition)
        var window = ForwardWindow(next: state.next)
        var failures = 0
        var (lookedAt, savedAt) = (context.time.uptime, context.time.uptime)
        var sentAt: Duration?
        while !Task.isCancelled {
            if context.time.uptime - lookedAt >= Self.lookPause {
                guard let known = try await known() else { return }
                (current, lookedAt) = (known, context.time.uptime)
            }
            try await fill(&window)
            let batches = window.batches(of: Self.batchSize, count: Self.batchCountMax, at: context.time.uptime)
            guard !batches.isEmpty else {
                // What waits was refused, and waits for its time; nothing else is there.
                if state.next != window.place { try await save(current, &state, window) }
                savedAt = context.time.uptime
                let due = window.nextDue.map { max(.milliseconds(1), $0 - context.time.uptime) }
                do {
                    try await context.time.sleep(for: min(due ?? context.pollInterval, context.pollInterval))
                } catch { break }
                continue
            }
            var away: String?
            let rounds = await publish(batches, to: current)
            let hasSent = rounds.contains(where: \.hasSent)
            if hasSent { sentAt = context.time.uptime }
            for round in rounds {
                switch round {
                case .sent(let sequences):
                    window.sent(sequences)
                    context.metrics.forwardedNotices.increment(by: sequences.count)
                    state.deliveredAt = context.time.now.milliseconds
                // What is not taken where others are is that notice's own matter, whatever reason is given: the others go on.
                case .away(let sequences, let reason) where hasSent || areAlone(sequences, window, sentAt):
                    try await bury(
                        window.refused(
                            sequences, isRefused: false, at: context.time.now.milliseconds,
                            patience: current.patienceMilliseconds,
                            retryAt: context.time.uptime + Self.refusedPause),
                        of: current, &state, reason)
                case .refused(let sequences, let reason):
                    try await bury(
                        window.refused(
                            sequences, at: context.time.now.milliseconds, patience: current.patienceMilliseconds,
                            retryAt: context.time.uptime + Self.refusedPause),
                        of: current, &state, reason)
                case .away(_, let reason): away = reason
                }
            }
            guard let away else {
                failures = 0
                if let failure = state.failure {
                    context.logger.notice(
                        "notices are taken again",
                        metadata: [
                            "topic": "\(current.topic)", "subscription": "\(current.name)",
                            "since": "\(Timestamp(milliseconds: failure.since).iso8601)",
                        ])
                }
                if state.failure != nil || context.time.uptime - savedAt >= Self.savePause || window.waiting.isEmpty {
                    state.failure = nil
                    try await save(current, &state, window)
                    savedAt = context.time.uptime
                }
                continue
            }
            // Then it was nobody's own matter.
            window.forgive()
            failures += 1
            context.metrics.forwardFailures.increment()
            let isNews = state.failure?.reason != away
            state.failure = DestinationFailure(
                since: state.failure?.since ?? context.time.now.milliseconds, reason: away)
            if isNews || state.next != window.place {
                try await save(current, &state, window)
                savedAt = context.time.uptime
            }
            if isNews {
                context.logger.error(
                    "notices are not taken; they are tried again for ever, and everything else goes on",
                    metadata: [
                        "topic": "\(current.topic)", "subscription": "\(current.name)", "reason": "\(away)",
                    ])
            }
            do { try await context.time.sleep(for: pause(failures)) } catch { break }
        }
        // In order: what was sent is not sent again by the next start.
        if state.next != window.place { try? await save(current, &state, window) }
    }

    /// Whether these were not taken before, where others were a short while ago.
    private func areAlone(_ sequences: Set<UInt64>, _ window: ForwardWindow, _ sentAt: Duration?) -> Bool {
        guard let sentAt, !sequences.isEmpty else { return false }
        return context.time.uptime - sentAt <= Self.presence && window.areRefused(sequences)
    }

    /// The subscription as it stands now; nil when it is gone, or another one has its name.
    private func known() async throws(TopicError) -> Subscription? {
        do throws(TopicError) {
            let known = try await context.subscriptions.subscription(subscription.topic, subscription.name)
            return known.id == subscription.id ? known : nil
        } catch {
            if case .noSuchSubscription = error { return nil }
            throw error
        }
    }

    /// Reads on, as far as there is room and something to read.
    private func fill(_ window: inout ForwardWindow) async throws(TopicError) {
        guard window.hasRoom else { return }
        let chunk: LogChunk
        do throws(LogError) {
            guard try await log.end() > window.next else { return }
            chunk = try await log.read(from: window.next, byteCountMax: Self.readByteCount)
        } catch {
            guard case .trimmed(_, let first) = error, first > window.next else { throw .log(error) }
            return try await skip(to: first, &window)
        }
        let items = chunk.frames.filter { $0.kind == .notice }.compactMap { frame -> ForwardWindow.Item? in
            guard let (lane, message) = TopicNotice.decode(chunk.payload(frame)) else { return nil }
            return ForwardWindow.Item(
                sequence: frame.sequence,
                notice: TopicNotice(id: frame.id, lane: lane, at: frame.at, message: message))
        }
        window.take(items, next: chunk.next)
    }

    /// Goes on with what the topic still keeps. What is gone may have been passed on by another worker, who believes the
    /// partition its own; if not, it is lost.
    private func skip(to first: UInt64, _ window: inout ForwardWindow) async throws(TopicError) {
        let next = try await context.subscriptions.state(subscription, partition: context.partition).next
        if next < first {
            await context.findings.add(
                kind: .noticesLost,
                subject: "\(subscription.topic)/\(subscription.name) partition \(context.partition)",
                text:
                    "notices \(next) to \(first - 1) were not passed on within the topic's retention and are gone; the files "
                    + "are in their buckets: list them there")
        }
        window.take([], next: max(next, first))
    }

    private func publish(_ batches: [[ForwardWindow.Item]], to subscription: Subscription) async -> [Round] {
        let topic: any Topic
        do throws(TopicError) { topic = try await context.opening(subscription) } catch {
            return [.away([], reason: error.description)]
        }
        return await withTaskGroup(of: [Round].self) { group in
            for batch in batches { group.addTask { await Self.publish(batch, to: topic) } }
            var rounds: [Round] = []
            for await some in group { rounds += some }
            return rounds
        }
    }

    private static func publish(_ batch: [ForwardWindow.Item], to topic: any Topic) async -> [Round] {
        let all = Set(batch.map(\.sequence))
        do throws(TopicError) {
            try await topic.publish(batch.map(\.notice))
            return [.sent(all)]
        } catch {
            switch error {
            case .refused(let ids, let reason):
                let refused = Set(batch.filter { ids.contains($0.notice.id) }.map(\.sequence))
                return [.sent(all.subtracting(refused)), .refused(refused, reason: reason)]
            case .partly(let ids, let reason):
                let taken = Set(batch.filter { ids.contains($0.notice.id) }.map(\.sequence))
                return [.sent(taken), .away(all.subtracting(taken), reason: reason)]
            default: return [.away(all, reason: error.description)]
            }
        }
    }

    /// Makes dead letters of notices.
    private func bury(
        _ items: [ForwardWindow.Item], of subscription: Subscription, _ state: inout ForwardState, _ reason: String
    ) async throws(TopicError) {
        guard !items.isEmpty else { return }
        let now = context.time.now.milliseconds
        let letters = items.map {
            ForwardState.DeadLetter($0.notice, reason: reason, at: now)
        }
        var gone = 0
        try await context.subscriptions.changeState(subscription, partition: context.partition) { state in
            gone = state.bury(letters)
        }
        _ = state.bury(letters)
        context.metrics.deadNotices.increment(by: items.count)
        await context.findings.add(
            kind: .noticesDead, subject: "\(subscription.topic)/\(subscription.name)",
            text:
                "\(items.count) notices were refused for too long (\(reason)) and are dead letters now: see 'cairn topics "
                + "dead-letters'" + (gone > 0 ? "; of older ones \(gone) had to go" : ""))
    }

    private func save(
        _ subscription: Subscription, _ state: inout ForwardState, _ window: ForwardWindow
    ) async throws(TopicError) {
        state.next = max(state.next, window.place)
        let saved = state
        try await context.subscriptions.changeState(subscription, partition: context.partition) { state in
            // Another worker who believes the partition its own may have come further.
            state.next = max(state.next, saved.next)
            (state.deliveredAt, state.failure) = (saved.deliveredAt, saved.failure)
        }
    }

    /// Full jitter: anything from nothing to twice the one before.
    private func pause(_ failures: Int) -> Duration {
        let most = min(Self.longestPause, Self.firstPause * (1 << min(failures, 10)))
        let share = context.random.bytes(2).reduce(0) { $0 << 8 | Int($1) }
        return max(.milliseconds(10), most * share / 65_536)
    }
}
