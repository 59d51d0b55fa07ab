import ArgumentParser
import CairnCatalog
import CairnDigests
import CairnFormat
import CairnKeys
import CairnLog
import CairnNative
import CairnObjects
import CairnServer
import CairnSystem
import CairnTerminal
import CoreMetrics
import FoundationEssentials
import Glibc
import Logging

/// `cairn benchmark digests DIR`: makes an archive of days with the code that makes archives, on a clock of its own; and tells
/// how long rounds of digests take.
struct BenchmarkDigests: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "digests", abstract: "Make an archive with digests on a made-up clock, and time them.")

    @Argument(help: "A new data directory.")
    var directory: String

    @Option(help: "Hours of digests.")
    var hours = 48

    @Option(help: "Accounts; each is a lane of one Region, or of two with --regions 2.")
    var accounts = 1

    @Option(help: "Regions of each account.")
    var regions = 1

    @Option(help: "Log files a lane and hour.")
    var files = 0

    @Option(help: "Events a log file.")
    var events = 500

    @Option(help: "Hours after which logging stops for three hours.")
    var restartAfter: Int?

    @Option(help: "Days that the signing key is old when the archive begins.")
    var keyAge = 0

    private static let regionNames = ["us-east-1", "eu-west-1"]

    func run() async throws {
        ProcessMemory.keepLargeBlocks()
        let data = DataDirectory(
            directory.hasPrefix("/") ? directory : "\(FileManager.default.currentDirectoryPath)/\(directory)")
        let disk = LocalDisk()
        let random = OpenSSLRandom()
        try await disk.makeDirectory(data.path)
        let documents = try Node.documents(data, .system)
        let wall = SystemTime().now
        let begin = Timestamp(milliseconds: (wall.seconds / 60 * 60 - Int64(hours) * 3_600 - 600) * 1_000)
        let clock = MadeClock(Timestamp(milliseconds: begin.milliseconds - Int64(keyAge) * 86_400_000))
        let catalog = Catalog(documents)
        let keyring = try await Keyring.establish(
            documents: documents, time: clock, random: random, root: .file("\(data.path)/root.key"),
            environment: { _ in nil })
        let lanes = try lanes()
        try await keyring.maintainSigning(Array(Set(lanes.map(\.region))))
        clock.set(begin)
        let (delivered, _) = try await SegmentLog.open(
            disk: disk, random: random, time: clock, keys: try await keyring.logKeys(), directory: data.delivered(0),
            quarantine: data.quarantine, limits: SegmentLimits())
        let store = DirectoryStore(disk: disk, root: data.buckets)
        let keeper = keeper(catalog, keyring, delivered, store, clock)
        var making = try Making(store: store, delivered: delivered, clock: clock, lanes: lanes)
        var following = try await keeper.follow()
        try await making.turn(.start)
        while try await keeper.step(&following) {}
        let body = Making.body(events: events, account: lanes[0].account, region: lanes[0].region)
        var rounds: [(seconds: Double, processorSeconds: Double)] = []
        for hour in 0..<hours {
            if hour == restartAfter {
                try await making.turn(.stop)
                while try await keeper.step(&following) {}
                clock.set(clock.now + .seconds(3 * 3_600))
                try await making.turn(.start)
            }
            for i in 0..<files {
                clock.set(Timestamp(milliseconds: begin.milliseconds + Int64(hour * 3_600 + i * 3_600 / files) * 1_000))
                // An hour without files now and then.
                if hour % 7 != 3 || files >= 40 { try await making.file(body) }
            }
            clock.set(
                Timestamp(milliseconds: max(clock.now.milliseconds, begin.milliseconds + Int64(hour + 1) * 3_600_000)))
            try await keyring.maintainSigning(Array(Set(lanes.map(\.region))))
            let (started, spent) = (SystemTime().uptime, Self.processorSeconds)
            while try await keeper.step(&following) {}
            rounds.append(((SystemTime().uptime - started).inSeconds, Self.processorSeconds - spent))
            Terminal.progress("hour \(hour + 1) of \(hours)")
        }
        Terminal.endProgress()
        await delivered.close()
        try await disk.put(PublicKeyList(try await keyring.manifest()).json, at: data.publicKeys)
        let longest = rounds.max { $0.seconds < $1.seconds } ?? (0, 0)
        let started = SystemTime().uptime
        for _ in 0..<10 { _ = try await keeper.step(&following) }
        let idle = (SystemTime().uptime - started).inSeconds / 10
        Terminal.line(
            "lanes \(lanes.count), rounds \(hours), longest round \(longest.seconds) s with \(longest.processorSeconds) s of processor, "
                + "a look with nothing due \(idle) s, now \(clock.now.iso8601)")
    }

    private static var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

    private func lanes() throws -> [Lane] {
        var lanes: [Lane] = []
        for i in 0..<accounts {
            let account = try AccountID(String(111_122_223_333 + i))
            for name in Self.regionNames.prefix(regions) {
                lanes.append(
                    Lane(
                        trail: UniqueID(random: Array(SHA256.hash(Array("\(account)".utf8)).array.prefix(16))),
                        account: account, region: try Region(name), folder: .trail))
            }
        }
        return lanes
    }

    private func keeper(
        _ catalog: Catalog, _ keyring: Keyring, _ delivered: SegmentLog, _ store: DirectoryStore, _ clock: MadeClock
    ) -> DigestKeeper {
        DigestKeeper(
            partition: 0,
            seams: DigestKeeper.Seams(
                delivered: delivered, store: store, catalog: catalog, signer: DigestSigner(keyring) { _ in },
                time: clock,
                find: { _, subject, text in Terminal.say("\(subject): \(text)") },
                logEnd: { () throws(LogError) in 1 }, report: { _, _, _ in }, place: { _ throws(CatalogError) in nil }),
            settings: DigestKeeper.Settings(), metrics: DigestKeeper.Metrics(factory: NOOPMetricsHandler.instance),
            logger: TerminalLog.logger(level: .error)
        ) { _ in true }
    }

    /// Delivers log files as a worker records them.
    private struct Making {
        private let bucket: BucketName
        let store: DirectoryStore
        let delivered: SegmentLog
        let clock: MadeClock
        let lanes: [Lane]
        private var sequence: UInt64 = 1
        private var number = 0

        init(store: DirectoryStore, delivered: SegmentLog, clock: MadeClock, lanes: [Lane]) throws {
            bucket = try BucketName("cairn-logs")
            (self.store, self.delivered, self.clock, self.lanes) = (store, delivered, clock, lanes)
        }

        /// A log file's records, with realistic sizes and words.
        static func body(events: Int, account: AccountID, region: Region) -> [String] {
            (0..<events).map { i in
                let id = SHA256.hash(Array("\(i)".utf8)).hex
                let calls = ["DescribeInstances", "AssumeRole", "GetObject", "PutRolePolicy", "RefundOrder"]
                return
                    "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"AssumedRole\",\"principalId\":\"AROA\(id.prefix(17).uppercased()):deployer\","
                    + "\"arn\":\"arn:aws:sts::\(account):assumed-role/deployer/\(id.prefix(12))\",\"accountId\":\"\(account)\","
                    + "\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"userName\":\"deployer\"},\"attributes\":{\"mfaAuthenticated\":\"false\"}}},"
                    + "\"eventTime\":\"2026-03-01T10:\(10 + i % 50):\(10 + i % 50)Z\",\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"\(calls[i % 5])\","
                    + "\"awsRegion\":\"\(region)\",\"sourceIPAddress\":\"192.0.2.\(i % 250)\",\"userAgent\":\"aws-cli/2.17.0 md/awscrt#0.20.11 ua/2.0 os/linux\","
                    + "\"requestParameters\":{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-\(id.prefix(17))\"}]},\"filterSet\":{\"items\":[{\"name\":\"tag:team\",\"valueSet\":{\"items\":[{\"value\":\"\(id.suffix(8))\"}]}}]},\"note\":\"\(id)\(String(repeating: "payments-", count: i % 60))\"},"
                    + "\"responseElements\":null,\"requestID\":\"\(id.prefix(32))\",\"eventID\":\"\(id.suffix(32))\",\"readOnly\":\(i % 3 == 0),"
                    + "\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"ACCOUNT\",\"eventCategory\":\"Management\",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"ec2.\(region).amazonaws.com\"}}"
            }
        }

        private func place(_ lane: Lane) throws -> DigestPlace {
            DigestPlace(
                chain: ChainName(
                    account: lane.account, home: try Region("us-east-1"), trail: try TrailName("main"),
                    region: lane.region),
                TrailPlace(bucket: bucket, prefix: nil))
        }

        mutating func turn(_ kind: DeliveredRecord.Kind) async throws {
            sequence += 1
            var entries: [LogEntry] = []
            for lane in lanes {
                let record = DeliveredRecord(
                    epoch: 1, lane: lane, kind: kind, from: sequence - 1, until: sequence, at: clock.now.milliseconds,
                    file: nil, digests: try place(lane))
                entries.append(
                    LogEntry(kind: .delivered, id: LogID(record.id), at: 0, payload: DeliveredCoding.encode(record)))
            }
            for start in stride(from: 0, to: entries.count, by: 1_000) {
                _ = try await delivered.append(Array(entries[start..<min(start + 1_000, entries.count)]))
            }
        }

        mutating func file(_ events: [String]) async throws {
            sequence += 1
            let moment = EventTime(seconds: clock.now.seconds)
            for lane in lanes {
                number += 1
                let text = events.joined(separator: ",").replacing("ACCOUNT", with: "\(lane.account)")
                    .replacing("\"awsRegion\":\"\(lanes[0].region)\"", with: "\"awsRegion\":\"\(lane.region)\"")
                // Each file is another.
                let body = Array("{\"Records\":[{\"file\":\(number),\(text.dropFirst())]}".utf8)
                let gzip = GzipCompressor().compress(body, .balanced)
                let name = LogFileName(
                    account: lane.account, folder: .trail, region: lane.region, time: moment,
                    unique: Base62.encode(SHA256.hash(Array("\(number)".utf8)).array, count: 16))
                let location = ObjectLocation(bucket: bucket, key: name.key(prefix: nil, organization: nil))
                try await store.put(gzip, at: location, metadata: [:], protection: nil)
                let record = DeliveredRecord(
                    epoch: 1, lane: lane, kind: .file, from: sequence - 1, until: sequence, at: clock.now.milliseconds,
                    file: DeliveredRecord.File(
                        bucket: bucket, key: location.key, contentHash: SHA256.hash(body),
                        storedHash: SHA256.hash(gzip), contentByteCount: body.count, storedByteCount: gzip.count,
                        recordCount: events.count, oldest: moment, newest: moment, principals: ["p": events.count],
                        topic: nil, keyVersion: nil))
                _ = try await delivered.append(
                    LogEntry(kind: .delivered, id: LogID(record.id), at: 0, payload: DeliveredCoding.encode(record)))
            }
        }
    }
}
