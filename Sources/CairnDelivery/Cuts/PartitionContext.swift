import CairnFormat
package import CairnKeys
package import CairnLog
import CairnNative
package import CairnObjects
package import CairnSystem
import CairnTrails
import CoreMetrics
package import Logging

/// What the parts of one partition's delivery share.
package struct PartitionContext: Sendable {
    let partition: Int
    let partitionCount: Int
    let log: any EventLog
    /// The partition's `delivered` log, which whoever holds the lease writes.
    let delivered: any EventLog
    let cursor: CursorDocument
    let matchers: MatcherLibrary
    let courier: FileCourier
    let time: any TimeSource
    let settings: DeliverySettings
    let metrics: DeliveryMetrics
    let logger: Logger
    let findings: FindingLog
    let claims = LaneClaims()

    package init(
        partition: Int,
        partitionCount: Int,
        log: any EventLog,
        delivered: any EventLog,
        cursor: CursorDocument,
        matchers: MatcherLibrary,
        store: any ObjectStore,
        naming: LogFileNaming,
        keys: any KeyService,
        time: any TimeSource,
        random: any RandomSource,
        settings: DeliverySettings,
        metrics: DeliveryMetrics,
        findings: FindingLog,
        logger: Logger
    ) {
        self.partition = partition
        self.partitionCount = partitionCount
        self.log = log
        self.delivered = delivered
        self.cursor = cursor
        self.matchers = matchers
        courier = FileCourier(
            store: store, delivered: delivered, naming: naming, encryption: FileEncryption(keys: keys, random: random),
            partition: partition,
            time: time, metrics: metrics, findings: findings)
        self.time = time
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
        self.findings = findings
    }

    var range: RangeReader { RangeReader(log: log, partition: partition, byteCount: settings.readByteCount) }

    func matcher(_ revision: UInt64) async throws(DeliveryError) -> TrailMatcher {
        try await matchers.matcher(revision, partition: partition)
    }

    /// The entry of a file that `lane` gets from `from` on.
    func entry(for lane: Lane, from: UInt64, matcher: TrailMatcher, isLate: Bool) -> Cursor.Entry? {
        guard let trail = matcher.trail(lane.trail) else { return nil }
        let compression: Compression =
            switch trail.compression {
            case .balanced: .balanced
            case .fast: .fast
            case .small: .small
            case .auto: isLate ? .fast : .balanced
            }
        return Cursor.Entry(
            lane: lane, kind: .file, from: from, revision: matcher.revision, bucket: trail.bucket, prefix: trail.prefix,
            organization: trail.organization, compression: compression, topic: trail.topic,
            encryption: Self.encryption(of: trail), storage: trail.place.storage)
    }

    /// How files of a trail are encrypted now; nil when they are not.
    static func encryption(of trail: Trail) -> Cursor.Encryption? {
        guard trail.encryptedBy != .store, let key = trail.kmsKey else { return nil }
        return Cursor.Encryption(key: key, trailARN: trail.arn)
    }

    /// The lanes of this partition whose digests begin and end when `new` comes into force after `old`: ends first, so that
    /// a trail made again under its old name begins after it has ended.
    func changes(from old: TrailMatcher, to new: TrailMatcher) -> [Cursor.Entry] {
        let changes = TrailMatcher.changes(from: old, to: new)
        func entries(_ lanes: [Lane], _ kind: DeliveredRecord.Kind, _ matcher: TrailMatcher) -> [Cursor.Entry] {
            lanes.compactMap { lane in
                guard PartitionRule.partition(lane.account, lane.region, count: partitionCount) == partition,
                    var entry = entry(for: lane, from: 0, matcher: matcher, isLate: false)
                else { return nil }
                entry.kind = kind
                entry.revision = old.revision
                entry.digests = digests(of: lane, matcher)
                return entry
            }
        }
        return entries(changes.stopped, .stop, old) + entries(changes.started, .start, new)
    }

    private func digests(of lane: Lane, _ matcher: TrailMatcher) -> DigestPlace? {
        guard let trail = matcher.trail(lane.trail) else { return nil }
        let chain = ChainName(
            organization: trail.organization.map { ChainName.Organization(id: $0, owner: trail.account) },
            account: lane.account, home: trail.homeRegion, trail: trail.name, region: lane.region)
        return DigestPlace(chain: chain, trail.place)
    }

    /// Writes what an intent did into the `delivered` log. Everything is durable when it returns.
    func record(
        _ entries: [Cursor.Entry],
        of intent: Cursor.Intent,
        epoch: UInt64,
        files: [Lane: DeliveredRecord.File]
    ) async throws(DeliveryError) {
        let records = entries.map { entry in
            DeliveredRecord(
                epoch: epoch, lane: entry.lane, kind: entry.kind, from: entry.from, until: intent.until, at: intent.at,
                file: files[entry.lane], digests: entry.digests)
        }
        let now = time.now.milliseconds
        do throws(LogError) {
            _ = try await delivered.append(
                records.map {
                    LogEntry(kind: .delivered, id: LogID($0.id), at: now, payload: DeliveredCoding.encode($0))
                })
        } catch {
            throw .log(error)
        }
        for (lane, file) in files where entries.contains(where: { $0.lane == lane && $0.kind == .file }) {
            metrics.deliveredFiles.increment()
            metrics.deliveredEvents.increment(by: file.recordCount)
            metrics.deliveredBytes.increment(by: file.contentByteCount)
        }
    }
}
