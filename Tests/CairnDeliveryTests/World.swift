import CairnCatalog
import CairnDelivery
import CairnDocuments
import CairnFormat
import CairnKeys
import CairnLog
import CairnNative
import CairnObjects
import CairnSystem
import CairnTestKit
import CairnTopics
import CairnTrails
import CoreMetrics
import Foundation
import Logging
import Testing

/// One partition of a node in memory: door, log, documents, buckets and clocks that a test can break.
final class World {
    static let account = (try? AccountID("111122223333"))!
    static let regions = [Region.usEast1, (try? Region("eu-west-1"))!]
    static let start = Timestamp(milliseconds: 1_772_359_964_000)

    let disk: SimulatedDisk
    let documents: MemoryDocuments
    let time = ManualTime(now: World.start)
    let random = SeededRandom(seed: 3)
    let objects: FaultyObjects
    let keys: FaultyKeys
    let catalog: Catalog
    var settings = DeliverySettings()
    private(set) var intake: IntakePartition!
    private(set) var log: SegmentLog!
    private(set) var acknowledged: [String: Region] = [:]
    private var number = 0

    init(seed: UInt64 = 1) {
        disk = SimulatedDisk(seed: seed)
        documents = MemoryDocuments()
        objects = FaultyObjects(DirectoryStore(disk: disk, root: "/data/buckets"))
        keys = FaultyKeys(random: random)
        catalog = Catalog(documents)
        settings.cutAge = .seconds(5)
        settings.patience = .zero
    }

    /// The door starts: the log is recovered, markers are brought up to date.
    func open(findingGaps: Bool = false) async throws {
        var limits = IntakeLimits()
        limits.diskReserveByteCount = 0
        var segments = SegmentLimits()
        segments.segmentByteCount = 1 << 14
        let opened = try await IntakePartition.open(
            disk: disk, random: random, time: ImpatientTime(time), keys: .fixed, directory: "/data/log/0",
            quarantine: "/data/quarantine",
            segments: segments,
            limits: limits, budget: LogBudget(limits: limits),
            known: try await CursorDocument(catalog: catalog, partition: 0).read().known)
        intake = opened.partition
        log = opened.log
        #expect(opened.gaps.isEmpty != findingGaps)
        try await mark()
    }

    /// Appends a marker for the newest routing, as the door does.
    func mark() async throws {
        guard let snapshot = try await catalog.routing(), snapshot.revision > (try await catalog.appendedRevision())
        else { return }
        try await catalog.keep(snapshot)
        try await intake.mark(snapshot.revision, now: time.now)
        try await catalog.noteAppended(snapshot.revision)
    }

    /// Changes the trails and appends the marker.
    func trails(_ change: @escaping (inout [Trail]) -> Void) async throws {
        try await catalog.changeRouting { (snapshot) throws(CatalogError) in
            snapshot.regions = Self.regions
            snapshot.accounts = [Self.account]
            change(&snapshot.trails)
        }
        if intake != nil { try await mark() }
    }

    static let key = (try? KeyARN("arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000"))!

    static func trail(
        _ name: String, bucket: String = "logs", multiRegion: Bool = true, isEncrypted: Bool = false
    ) throws -> Trail {
        try Trail(
            id: UniqueID(random: SHA256.hash(Array(name.utf8)).array.prefix(16).map { $0 }), name: try TrailName(name),
            account: account, homeRegion: .usEast1, bucket: try BucketName(bucket), topic: "topic",
            isMultiRegion: multiRegion, validatesLogFiles: true, isLogging: true, kmsKey: isEncrypted ? key : nil)
    }

    /// Sends events to the door; remembers those that were acknowledged.
    func send(_ count: Int = 1, to region: Region = .usEast1, size: Int = 10) async throws {
        var buffer: [UInt8] = []
        var ranges: [Range<Int>] = []
        var names: [String] = []
        for _ in 0..<count {
            number += 1
            let name = "e\(number)"
            let text =
                #"{"eventTime":"2026-03-01T10:12:44Z","eventSource":"a.b","eventName":"PutX","eventID":"\#(name)","#
                + #""recipientAccountId":"111122223333","awsRegion":"\#(region)","x":"\#(String(repeating: "y", count: size))"}"#
            ranges.append(buffer.count..<buffer.count + text.utf8.count)
            buffer += Array(text.utf8)
            names.append(name)
        }
        buffer += [UInt8](repeating: 0, count: JSONReader.padding)
        let rules = IntakeRules(
            principal: "p", accounts: nil, knownAccounts: [Self.account], knownRegions: Set(Self.regions),
            defaultRegion: .usEast1)
        let reader = EventReader()
        let events = try ranges.map { range in
            try reader.read(
                buffer, range, rules: rules, now: EventTime(seconds: time.now.seconds), makeID: { random.bytes(16) })
        }
        _ = try await intake.accept(
            [events], from: buffer, principal: "p", peer: "127.0.0.1", isShared: false, now: time.now)[0].get()
        for name in names { acknowledged[name] = region }
    }

    /// A worker that begins now, with its own `delivered` log.
    func worker() async throws -> PartitionContext {
        var limits = SegmentLimits()
        limits.segmentByteCount = 1 << 12
        let delivered = try await SegmentLog.open(
            disk: disk, random: random, time: ImpatientTime(time), keys: .fixed, directory: "/data/delivered/0",
            quarantine: "/data/quarantine",
            limits: limits
        ).log
        return context(delivered: delivered)
    }

    func context(delivered: any EventLog) -> PartitionContext {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return PartitionContext(
            partition: 0, partitionCount: 1, log: ReadOnlyLog(disk: disk, directory: "/data/log/0", keys: .fixed),
            delivered: delivered,
            cursor: CursorDocument(catalog: catalog, partition: 0), matchers: MatcherLibrary(catalog: catalog),
            store: objects,
            naming: LogFileNaming(key: [UInt8](repeating: 1, count: 32)), keys: keys, time: time, random: random,
            settings: settings,
            metrics: DeliveryMetrics(factory: NOOPMetricsHandler.instance),
            findings: FindingLog(catalog: catalog, time: time, logger: logger), logger: logger)
    }

    /// Works until there is nothing left to do.
    func deliver(_ context: PartitionContext, lanesApart: Bool = true) async throws {
        let shared = SharedCuts(context)
        let lone = LoneCuts(context)
        for _ in 0..<300 {
            var isBusy = true
            do throws(DeliveryError) { isBusy = try await shared.step() } catch {
                // As the worker's own loop does: look at the cursor again.
                guard case .stale = error else { throw error }
            }
            let cursor = try await CursorDocument(catalog: catalog, partition: 0).read()
            if lanesApart {
                for apart in cursor.apart where apart.intent != nil || apart.next < cursor.edge {
                    if try await lone.step(apart.lane) { isBusy = true }
                }
            }
            if isBusy { continue }
            let end = await log.bounds().next
            if cursor.trimmable >= end || (!lanesApart && cursor.next >= end) { return }
            time.advance(by: .seconds(6))
            if !lanesApart || cursor.apart.contains(where: { $0.failure != nil }), cursor.next >= end { return }
        }
        let (cursor, end) = (try await cursor(), await log.bounds().next)
        Issue.record("delivery does not end: the log ends at \(end), \(cursor)")
    }

    func cursor() async throws -> Cursor { try await CursorDocument(catalog: catalog, partition: 0).read() }

    /// Where each event stands: bucket, Region of the file, and the file.
    func places(bucket: String = "logs") throws -> [String: [String]] {
        var places: [String: [String]] = [:]
        for path in disk.paths(containing: "/data/buckets/\(bucket)/") {
            var bytes = disk.bytes(path)!
            if bytes.first == EncryptedHeader.version { bytes = try keys.content(of: bytes) }
            let records = try LogFileReader.read(bytes)
            for index in records.ranges.indices {
                let text = String(decoding: records.record(index), as: UTF8.self)
                let name = text.split(separator: "\"eventID\":\"")[1].prefix { $0 != "\"" }
                places[String(name), default: []].append(path)
            }
        }
        return places
    }

    /// The oracle: every acknowledged event is in exactly one file of its lane, and nothing else is there.
    func check(bucket: String = "logs", _ comment: Comment? = nil, inFlight: Set<String> = []) throws {
        let places = try places(bucket: bucket)
        for (name, region) in acknowledged {
            #expect(places[name]?.count == 1, comment)
            #expect(places[name]?.first?.contains("/CloudTrail/\(region)/") == true, comment)
        }
        for (name, where_) in places { #expect(where_.count == 1, "\(name): \(comment?.rawValue ?? "")") }
    }
}
