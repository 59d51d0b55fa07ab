import CairnCatalog
import CairnDigests
import CairnDocuments
import CairnFormat
import CairnKeys
import CairnLog
import CairnNative
import CairnObjects
import CairnSystem
import CairnTestKit
import CairnValidation
import CoreMetrics
import Foundation
import Logging
import Synchronization
import Testing

/// One partition's list of deliveries and its digest chains, in memory, with a judge that shares nothing with them.
final class ChainWorld {
    static let account = try! AccountID("111122223333")
    static let home = Region.usEast1
    static let other = try! Region("eu-west-1")
    static let trail = UniqueID(random: [UInt8](repeating: 1, count: 16))
    /// 2026-03-01T10:12:44Z
    static let start = Timestamp(milliseconds: 1_772_359_964_000)
    static let hour = Duration.seconds(3_600)

    let disk: SimulatedDisk
    let documents: MemoryDocuments
    let time = ManualTime(now: ChainWorld.start)
    let random: SeededRandom
    let objects: FaultyObjects
    let catalog: Catalog
    let keyring: Keyring
    var bucket = try! BucketName("logs")
    var prefix: KeyPrefix?
    var organization: OrganizationID?
    var settings = DigestKeeper.Settings()
    private(set) var delivered: SegmentLog!
    let findings = Mutex<[CairnCatalog.Finding.Kind]>([])
    let reports = Mutex<[String]>([])
    /// The topic that is told of digests.
    var topic: String?
    var storage: StorageRules?
    let places = Mutex<[UniqueID: TrailPlace]>([:])
    /// Where the next entry begins: of a lane that stood apart, earlier than others.
    var sequence: UInt64 = 1
    private var number = 0
    private(set) var records: [DeliveredRecord] = []
    private(set) var files: Set<String> = []

    init(seed: UInt64 = 1) async throws {
        random = SeededRandom(seed: seed)
        disk = SimulatedDisk(seed: seed)
        let made = try await KeyringOnce.made.value
        documents = MemoryDocuments()
        documents.restore(made.documents)
        objects = FaultyObjects(DirectoryStore(disk: disk, root: "/data/buckets"))
        catalog = Catalog(documents)
        keyring = try await Keyring.open(
            documents: documents, time: time, random: random, root: made.root, environment: { _ in nil })
        try await open()
    }

    /// The list of deliveries is recovered, as a worker's start does it.
    func open() async throws {
        var limits = SegmentLimits()
        limits.segmentByteCount = 1 << 13
        delivered = try await SegmentLog.open(
            disk: disk, random: random, time: ImpatientTime(), keys: .fixed, directory: "/data/delivered/0",
            quarantine: "/data/quarantine",
            limits: limits
        ).log
    }

    // MARK: Deliveries

    private func lane(_ region: Region, _ folder: LogFolder, _ trail: UniqueID) -> Lane {
        Lane(trail: trail, account: Self.account, region: region, folder: folder)
    }

    func name(_ region: Region = ChainWorld.home) -> ChainName {
        ChainName(
            organization: organization.map { ChainName.Organization(id: $0, owner: Self.account) },
            account: Self.account, home: Self.home, trail: try! TrailName("main"), region: region)
    }

    func turn(
        _ kind: DeliveredRecord.Kind, _ region: Region = ChainWorld.home, _ folder: LogFolder = .trail,
        trail: UniqueID = ChainWorld.trail, inSameCut: Bool = false
    ) async throws {
        if !inSameCut { sequence += 1 }
        let there = TrailPlace(bucket: bucket, prefix: prefix, storage: storage, digestTopic: topic)
        let place = DigestPlace(chain: name(region), there)
        if kind == .start { places.withLock { $0[trail] = there } }
        try await append(
            DeliveredRecord(
                epoch: 1, lane: lane(region, folder, trail), kind: kind, from: sequence - 1, until: sequence,
                at: time.now.milliseconds, file: nil, digests: place))
    }

    /// Delivers a file.
    @discardableResult
    func file(
        _ region: Region = ChainWorld.home, _ folder: LogFolder = .trail, kind: DeliveredRecord.Kind = .file,
        trail: UniqueID = ChainWorld.trail
    ) async throws -> ObjectLocation {
        number += 1
        let record =
            #"{"eventID":"\#(number)","awsRegion":"\#(region)","recipientAccountId":"\#(Self.account)","eventName":"PutX"}"#
        let body = Array(#"{"Records":[\#(record)]}"#.utf8)
        let gzip = GzipCompressor().compress(body, .balanced)
        let moment = EventTime(seconds: time.now.seconds)
        let name = LogFileName(
            account: Self.account, folder: folder, region: region, time: moment,
            unique: Base62.encode(SHA256.hash(Array("\(number)".utf8)).array, count: 16))
        let location = ObjectLocation(bucket: bucket, key: name.key(prefix: prefix, organization: organization))
        if kind == .file { try await objects.put(gzip, at: location, metadata: [:]) }
        let from = sequence
        sequence += UInt64(1 + random.below(3))
        try await append(
            DeliveredRecord(
                epoch: 1, lane: lane(region, folder, trail), kind: kind, from: from, until: sequence,
                at: time.now.milliseconds,
                file: DeliveredRecord.File(
                    bucket: bucket, key: location.key, contentHash: SHA256.hash(body), storedHash: SHA256.hash(gzip),
                    contentByteCount: body.count, storedByteCount: gzip.count, recordCount: 1, oldest: moment,
                    newest: moment, principals: ["p": 1], topic: nil, keyVersion: nil)))
        files.insert("\(location)")
        return location
    }

    /// A log file of ours that lies in the bucket and that nothing knows of: what brought it there was lost with a disk.
    func lostFile(_ region: Region = ChainWorld.home, of trail: String = "main") async throws -> ObjectLocation {
        number += 1
        let key = try await keyring.standardKey(region: Self.home, account: Self.account)
        let moment = EventTime(seconds: time.now.seconds)
        let record =
            #"{"eventID":"\#(number)","eventTime":"\#(moment)","awsRegion":"\#(region)","recipientAccountId":"\#(Self.account)","eventName":"PutX"}"#
        let name = LogFileName(
            account: Self.account, folder: .trail, region: region, time: moment,
            unique: Base62.encode(SHA256.hash(Array("\(number)".utf8)).array, count: 16))
        let location = ObjectLocation(bucket: bucket, key: name.key(prefix: prefix, organization: organization))
        let context = try EncryptionContext([
            "aws:cloudtrail:arn": "arn:aws:cloudtrail:\(Self.home):\(Self.account):trail/\(trail)",
            "aws:s3:arn": "arn:aws:s3:::\(location.bucket)/\(location.key)", "account": "\(Self.account)",
            "region": region.name,
        ])
        let dataKey = try await keyring.dataKey(
            for: KeyUse(key: key.arn, trail: Self.trail, account: Self.account, context: context))
        let bytes = EncryptedFileWriter.write(
            GzipCompressor().compress(Array(#"{"Records":[\#(record)]}"#.utf8), .balanced), context: context,
            dataKey: dataKey.secret, messageID: random.bytes(EncryptedHeader.messageIDByteCount), wraps: dataKey.wraps)
        try await objects.put(bytes, at: location, metadata: [:])
        return location
    }

    func repair(pendingSince: EventTime? = nil) -> ArchiveRepair {
        ArchiveRepair(
            ArchiveRepair.Seams(
                store: objects, catalog: catalog, signer: DigestSigner(keyring) { _ in }, keys: keyring, time: time,
                delivered: [delivered], pendingSince: pendingSince))
    }

    /// A worker that was away for a while records again what it had recorded.
    func copy() async throws {
        guard !records.isEmpty else { return }
        let record = records[random.below(records.count)]
        _ = try await delivered.append(
            LogEntry(kind: .delivered, id: LogID(random.bytes(16)), at: 0, payload: DeliveredCoding.encode(record)))
    }

    private func append(_ record: DeliveredRecord) async throws {
        _ = try await delivered.append(
            LogEntry(kind: .delivered, id: LogID(record.id), at: 0, payload: DeliveredCoding.encode(record)))
        records.append(record)
    }

    // MARK: Digests

    /// A keeper as a worker's start makes one.
    func keeper() -> DigestKeeper {
        let world = Unchecked(world: self)
        return DigestKeeper(
            partition: 0,
            seams: DigestKeeper.Seams(
                delivered: delivered, store: objects, catalog: catalog, signer: DigestSigner(keyring) { _ in },
                time: time,
                find: { kind, _, _ in world.world.findings.withLock { $0.append(kind) } },
                logEnd: { () throws(LogError) in 100 },
                report: { chain, _, failure in
                    world.world.reports.withLock { $0.append("\(chain.region): \(failure ?? "made")") }
                },
                place: { (trail) throws(CatalogError) in world.world.places.withLock { $0[trail] } }),
            settings: settings, metrics: DigestKeeper.Metrics(factory: NOOPMetricsHandler.instance),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in true }
    }

    /// A test's world is used by one task at a time.
    private struct Unchecked: @unchecked Sendable {
        let world: ChainWorld
    }

    /// Works until there is nothing left to do.
    func digest(_ keeper: DigestKeeper? = nil) async throws {
        let keeper = keeper ?? self.keeper()
        var following = try await keeper.follow()
        for _ in 0..<1_000 {
            if try await !keeper.step(&following) { return }
        }
        Issue.record("digests do not end")
    }

    func head(_ region: Region = ChainWorld.home) async throws -> ChainHead? {
        try await HeadDocuments(catalog).read(name(region))?.content
    }

    // MARK: The judge

    /// What the validator says of the archive at this moment.
    func judge(
        opensFiles: Bool = false, _ scope: (inout Scope) -> Void = { _ in }
    ) async throws -> (
        summary: Summary, findings: [CairnValidation.Finding]
    ) {
        var keys = PublicKeys(pins: [])
        keys.add(PublicKeyList(try await keyring.manifest()).json, from: .given("keys"))
        var wanted = Scope(now: EventTime(seconds: time.now.seconds))
        scope(&wanted)
        let found = Mutex<[CairnValidation.Finding]>([])
        let archive = Archive(
            .store(objects, [try! BucketName("logs"), try! BucketName("moved")]), only: nil, name: "buckets")
        let outcome = await Validation(archive, keys: keys, fileKeys: opensFiles ? keyring : nil, scope: wanted).run(
            report: { line in if case .finding(let finding) = line { found.withLock { $0.append(finding) } } },
            progress: { _ in })
        return (outcome.summary, found.withLock { $0 })
    }

    /// That the validator finds nothing, and every file is listed.
    @discardableResult
    func expectSound(_ comment: String = "", at location: SourceLocation = #_sourceLocation) async throws -> Summary {
        let (summary, found) = try await judge()
        #expect(
            found.map { "\($0.code.rawValue) \($0.object ?? "") \($0.text)" } == [], "\(comment)",
            sourceLocation: location)
        #expect(summary.result == .holds, "\(comment)", sourceLocation: location)
        return summary
    }
}
