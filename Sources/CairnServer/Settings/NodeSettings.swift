package import CairnDelivery
package import CairnDigests
package import CairnFormat
package import CairnHistory
package import CairnKeys
package import CairnLog
package import CairnRemote
import CairnSystem
package import CairnTopics
package import CairnTrails
package import Logging

/// The settings of a node, read and checked.
package struct NodeSettings: Sendable {
    /// Where a port listens.
    package struct Address: Sendable, Equatable {
        package var host: String
        package var port: Int
    }

    /// The files of the door's TLS.
    package struct TLS: Sendable, Equatable {
        package var certificateFile: String
        package var keyFile: String
    }

    package var dataDirectory: String
    package var listen: Address
    package var adminListen: Address?
    package var tls: TLS?
    /// Whether clients speak TLS, be it with a proxy before the door.
    package var isSecure: Bool
    package var rootKey: RootSource
    /// The HTTP API of a KMS elsewhere; nil: there is none.
    package var kmsEndpoint: String?
    /// Buckets that are not below the data directory.
    package var s3Buckets: Set<BucketName>
    /// How buckets in S3 are reached.
    package var s3: S3Settings
    /// How notices leave the deployment.
    package var outlets: OutletSettings
    package var feeds: FeedSettings
    package var requiresMemoryLock: Bool
    package var keyPeriod: KeyPeriod
    package var partitionCount: Int
    package var account: AccountID
    package var homeRegion: Region
    /// The Regions of a new data directory.
    package var regions: [Region]
    package var compression: CompressionChoice
    package var requestByteCount: Int
    /// For how long a presigned URL may be good.
    package var presignedSecondsMax: Int
    package var delivery = DeliverySettings()
    package var digests = DigestKeeper.Settings()
    /// Nil: no event history is kept.
    package var history: HistoryKeeper.Settings?
    package var intake = IntakeLimits()
    package var segments = SegmentLimits()
    package var thinning = ThinningSettings()
    /// Of the lists of deliveries.
    package var deliveredSegments = SegmentLimits(segmentByteCount: 4 << 20)
    /// Of the embedded topics.
    package var topicSegments = SegmentLimits(segmentByteCount: 1 << 20)
    package var logLevel: Logger.Level

    /// - Parameter workingDirectory: what a relative data directory is relative to.
    package init(_ reader: SettingsReader, workingDirectory: String) throws(SettingsError) {
        let data = reader.text(.data)
        dataDirectory = data.hasPrefix("/") ? data : "\(workingDirectory)/\(data)"
        let listen = try reader.address(.listen)
        self.listen = Address(host: listen.host, port: listen.port)
        let cert = reader.text(.tlsCert)
        let key = reader.text(.tlsKey)
        guard cert.isEmpty == key.isEmpty else {
            throw .contradiction("--tls-cert and --tls-key go together: give both or neither")
        }
        tls = cert.isEmpty ? nil : TLS(certificateFile: cert, keyFile: key)
        let isBehindProxy = try reader.bool(.tlsBehindProxy)
        isSecure = tls != nil || isBehindProxy
        guard tls != nil || isBehindProxy || SettingValue.isLoopback(listen.host) else {
            throw .unsafeListen("\(listen.host):\(listen.port)")
        }
        if !reader.text(.adminListen).isEmpty {
            let admin = try reader.address(.adminListen)
            guard isBehindProxy || SettingValue.isLoopback(admin.host) else {
                throw .unsafeAdminListen("\(admin.host):\(admin.port)")
            }
            adminListen = Address(host: admin.host, port: admin.port)
        }
        let root = reader.text(.rootKey)
        let insecureRoot = try reader.bool(.insecureRoot)
        rootKey =
            root.isEmpty
            ? .file("\(dataDirectory)/root.key")
            : try reader.parsed(
                .rootKey, expected: "file:PATH, credential:NAME, passphrase, passphrase:PATH, env:NAME or kms:ARN"
            ) { RootSource($0) }
        if case .environment = rootKey, !insecureRoot {
            throw .contradiction(
                "--root-key \(root): other processes may see the environment of this one; use file:, credential: or "
                    + "passphrase:, or say --insecure-root true in a test")
        }
        let endpoint = reader.text(.kmsEndpoint)
        kmsEndpoint = endpoint.isEmpty ? nil : endpoint
        s3Buckets = try Self.s3Buckets(reader)
        s3 = try Self.s3(reader)
        outlets = try Self.outlets(reader)
        feeds = FeedSettings(
            logsEndpoint: try Self.endpoint(.logsEndpoint, reader),
            eventsEndpoint: try Self.endpoint(.eventsEndpoint, reader), authorityFile: outlets.authorityFile)
        requiresMemoryLock = try reader.bool(.requireMemoryLock)
        keyPeriod = try reader.parsed(.keyPeriod, expected: "month, day or (for tests) minute") {
            KeyPeriod(rawValue: $0)
        }
        partitionCount = try reader.number(.partitions, in: 1...64)
        account = try reader.parsed(.account, expected: "an account id: 12 digits") { try? AccountID($0) }
        homeRegion = try reader.parsed(.region, expected: "a Region such as us-east-1") { text in
            (try? Region(text)).flatMap { Region.standard.contains($0) ? $0 : nil }
        }
        let names = reader.text(.regions).split(separator: ",").map { $0.filter { $0 != " " } }
        regions = try reader.parsed(.regions, expected: "names of Regions, the home Region among them") { _ in
            let found = names.compactMap { try? Region(String($0)) }.filter { Region.standard.contains($0) }
            return found.count == names.count ? found : nil
        }
        if regions.isEmpty { regions = Region.standard }
        guard regions.contains(homeRegion) else {
            throw .contradiction("--regions must name the home Region, \(homeRegion), too")
        }
        compression = try reader.parsed(.compression, expected: "balanced, fast, small or auto") {
            CompressionChoice(rawValue: $0)
        }
        delivery.cutAge = try reader.duration(.cutAge, in: .milliseconds(100) ... .seconds(3_600))
        // An event waits for its cut anyway: looking more often than that would only keep an idle machine awake.
        delivery.pollInterval = min(.milliseconds(250), max(.milliseconds(10), delivery.cutAge / 20))
        delivery.cutByteCount = try reader.byteCount(.cutBytes, in: (64 << 10)...DeliverySettings.cutByteCountLimit)
        digests.period = try reader.duration(.digestPeriod, in: .seconds(5) ... .seconds(86_400))
        digests.pollInterval = min(.seconds(1), digests.period / 20)
        let days = try reader.number(.historyDays, in: 0...3_653)
        history = days == 0 ? nil : HistoryKeeper.Settings(retention: .seconds(days * 86_400))
        delivery.patience = try reader.duration(.patience, in: .milliseconds(100) ... .seconds(3_600))
        requestByteCount = try reader.byteCount(.requestMemory, in: (48 << 20)...(64 << 30))
        presignedSecondsMax = Int(
            try reader.duration(.presignedMax, in: .seconds(1) ... .seconds(7 * 86_400)).components.seconds)
        let memory = try reader.byteCount(.memory, in: (16 << 20)...(64 << 30))
        delivery.memoryByteCount = memory / partitionCount
        intake.logByteCountMax = try reader.byteCount(.logBytes, in: (1 << 20)...(1 << 50))
        intake.diskReserveByteCount = try reader.byteCount(.diskReserve, in: 0...(1 << 50))
        intake.windowMilliseconds = try reader.duration(.dedupeWindow, in: .seconds(0) ... .seconds(86_400))
            .milliseconds
        intake.windowCountMax = try reader.number(.dedupeEvents, in: 1_000...100_000_000)
        segments.segmentByteCount = try reader.byteCount(.segmentBytes, in: (1 << 20)...(1 << 30))
        logLevel = try reader.parsed(.logLevel, expected: "trace, debug, info, notice, warning or error") {
            Logger.Level(rawValue: $0)
        }
    }

    private static func endpoint(
        _ key: SettingKey, _ reader: SettingsReader
    ) throws(SettingsError) -> ServiceEndpoint {
        try reader.parsed(key, expected: "https://HOST or https://HOST:PORT (http on this machine)") {
            try? ServiceEndpoint($0)
        }
    }

    private static func outlets(_ reader: SettingsReader) throws(SettingsError) -> OutletSettings {
        var settings = OutletSettings(
            snsEndpoint: try endpoint(.snsEndpoint, reader), sqsEndpoint: try endpoint(.sqsEndpoint, reader))
        let authorities = reader.text(.topicAuthorityFile)
        settings.authorityFile = authorities.isEmpty ? nil : authorities
        settings.webhooks.authorityFile = settings.authorityFile
        settings.webhooks.hosts = try reader.parsed(
            .webhookHosts, expected: "HOST or HOST:PORT, joined by commas"
        ) { WebhookSettings.hosts($0) }
        return settings
    }

    private static func s3Buckets(_ reader: SettingsReader) throws(SettingsError) -> Set<BucketName> {
        let names = reader.text(.s3Buckets).split(separator: ",").map { String($0.filter { $0 != " " }) }
        return try reader.parsed(.s3Buckets, expected: "names of buckets, joined by commas") { _ in
            let found = names.compactMap { try? BucketName($0) }
            return found.count == names.count ? Set(found) : nil
        }
    }

    private static func s3(_ reader: SettingsReader) throws(SettingsError) -> S3Settings {
        let endpoint = try reader.parsed(
            .s3Endpoint, expected: "https://HOST or https://HOST:PORT (http on this machine)"
        ) { try? ServiceEndpoint($0) }
        let region = try reader.parsed(reader.text(.s3Region).isEmpty ? .region : .s3Region, expected: "a Region") {
            try? Region($0)
        }
        var settings = S3Settings(endpoint: endpoint, region: region)
        settings.isPathStyle = try reader.bool(.s3PathStyle)
        settings.lists = try reader.parsed(.s3Lists, expected: "v2 or v1") { S3Settings.Lists(rawValue: $0) }
        settings.puts = try reader.parsed(.s3Puts, expected: "conditional or checked") { S3Settings.Puts(rawValue: $0) }
        if !reader.text(.s3BucketOwner).isEmpty {
            settings.bucketOwner = try reader.parsed(.s3BucketOwner, expected: "an account id: 12 digits") {
                try? AccountID($0)
            }
        }
        let authorities = reader.text(.s3AuthorityFile)
        settings.authorityFile = authorities.isEmpty ? nil : authorities
        return settings
    }
}
