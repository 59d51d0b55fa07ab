package import CairnFormat

/// A trail: which events of an account are delivered, where to and how (reference 6).
///
/// The id outlives the name: a trail that is deleted and made again is another trail. Settings that are changed one by
/// one are checked together by ``check()``; what is read from JSON has been checked.
package struct Trail: Sendable, Equatable, Codable {
    package let id: UniqueID
    package let name: TrailName
    package let account: AccountID
    /// The organization whose accounts' events it takes; nil: those of its own account.
    package var organization: OrganizationID?
    /// Where it was made; never changes.
    package let homeRegion: Region
    package var bucket: BucketName
    package var prefix: KeyPrefix?
    /// The name of the topic that is told of each file: 1 to 256 of `A-Z a-z 0-9 _ -`.
    package var topic: String?
    /// The topic's ARN where it was given by that; nil: by its name.
    package var topicARN: String?
    /// Whether the topic is told of digests, too. Reports differ on whether CloudTrail does that (reference 4.3), and what reads
    /// every announced object as a log file stops at a digest: so only who asks for it gets it.
    package var announcesDigests: Bool
    package var isMultiRegion: Bool
    package var includesGlobalServiceEvents: Bool
    package var validatesLogFiles: Bool
    package private(set) var isLogging: Bool
    /// When logging began last, and ended last, in ms since 1970; nil: never.
    package private(set) var startedAt: Int64?
    package private(set) var stoppedAt: Int64?
    package var compression: CompressionChoice
    /// The managed key that its log files are encrypted under; nil: they are not encrypted.
    package var kmsKey: KeyARN?
    package var encryptedBy: EncryptedBy
    /// How long the bucket's Object Lock holds its objects; nil: what the bucket does by itself.
    package var objectLock: ObjectLock?
    /// Where its events go one by one; nil: nowhere.
    package var logGroup: FeedDestination?
    /// The role that was named with the log group: clients want it back. The node's own credentials write there.
    package var logRole: String?
    package var eventBus: FeedDestination?
    package var selectors: Selectors
    /// Nil for none, so that trails without them are written as they always were.
    private var insightSelectors: [InsightSelector]?

    /// The defaults are those of CreateTrail: a single Region, global service events, no digests, not logging yet.
    package init(
        id: UniqueID,
        name: TrailName,
        account: AccountID,
        organization: OrganizationID? = nil,
        homeRegion: Region,
        bucket: BucketName,
        prefix: KeyPrefix? = nil,
        topic: String? = nil,
        topicARN: String? = nil,
        announcesDigests: Bool = false,
        isMultiRegion: Bool = false,
        includesGlobalServiceEvents: Bool = true,
        validatesLogFiles: Bool = false,
        isLogging: Bool = false,
        startedAt: Int64? = nil,
        stoppedAt: Int64? = nil,
        compression: CompressionChoice = .balanced,
        kmsKey: KeyARN? = nil,
        encryptedBy: EncryptedBy = .files,
        objectLock: ObjectLock? = nil,
        logGroup: FeedDestination? = nil,
        logRole: String? = nil,
        eventBus: FeedDestination? = nil,
        selectors: Selectors = .standard,
        insights: [InsightSelector] = []
    ) throws(TrailError) {
        self.id = id
        self.name = name
        self.account = account
        self.organization = organization
        self.homeRegion = homeRegion
        self.bucket = bucket
        self.prefix = prefix
        self.topic = topic
        self.topicARN = topicARN
        self.announcesDigests = announcesDigests
        self.isMultiRegion = isMultiRegion
        self.includesGlobalServiceEvents = includesGlobalServiceEvents
        self.validatesLogFiles = validatesLogFiles
        self.isLogging = isLogging
        self.startedAt = startedAt
        self.stoppedAt = stoppedAt
        self.compression = compression
        self.kmsKey = kmsKey
        self.encryptedBy = encryptedBy
        self.objectLock = objectLock
        self.logGroup = logGroup
        self.logRole = logRole
        self.eventBus = eventBus
        self.selectors = selectors
        self.insights = insights
        try check()
    }

    /// What unusual activity it wants to hear of.
    package var insights: [InsightSelector] {
        get { insightSelectors ?? [] }
        set { insightSelectors = newValue.isEmpty ? nil : newValue }
    }

    /// Begins or ends logging; nothing changes when it is so already (StartLogging, StopLogging).
    package mutating func setLogging(_ isOn: Bool, at milliseconds: Int64) {
        guard isOn != isLogging else { return }
        isLogging = isOn
        if isOn { startedAt = milliseconds } else { stoppedAt = milliseconds }
    }

    /// `arn:<partition>:cloudtrail:<home Region>:<account>:trail/<name>`, in every Region the same.
    package var arn: String { "arn:\(homeRegion.partition):cloudtrail:\(homeRegion):\(account):trail/\(name)" }

    /// The ARN of the topic that is told of each file; nil: none is.
    package var announcedTopicARN: String? {
        topic.map { topicARN ?? "arn:\(homeRegion.partition):sns:\(homeRegion):\(account):\($0)" }
    }

    /// Where its objects go, and who is told of digests.
    package var place: TrailPlace {
        TrailPlace(
            bucket: bucket, prefix: prefix,
            storage: StorageRules(encryption: storeEncryption, lock: objectLock),
            digestTopic: announcesDigests ? topic : nil)
    }

    /// Where its events go one by one.
    package var feeds: [FeedDestination] { [logGroup, eventBus].compactMap(\.self) }

    private var storeEncryption: StoreEncryption? {
        guard encryptedBy != .files else { return nil }
        return kmsKey.map { .kms(key: $0, trailARN: arn) } ?? .storeKey
    }

    /// Checks the rules that no single setting's type can hold.
    package func check() throws(TrailError) {
        if isMultiRegion, !includesGlobalServiceEvents { throw .multiRegionWithoutGlobal }
        if encryptedBy == .both, kmsKey == nil { throw .encryptedWithoutKey }
        if let lock = objectLock, !ObjectLock.dayCounts.contains(lock.days) { throw .badLockPeriod(lock.days) }
        if let logGroup, logGroup.service != .logs { throw .badFeed("a log group", logGroup.description) }
        if let eventBus, eventBus.service != .events { throw .badFeed("an event bus", eventBus.description) }
        if let topic, !Self.isTopicName(topic) { throw .badTopicName(topic) }
        do throws(SelectorError) { try selectors.check() } catch { throw .selectors(error) }
    }

    /// Whether a text is the name of a topic: 1 to 256 of `A-Z a-z 0-9 _ -`.
    package static func isTopicName(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { c in
                switch c {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            id: try container.decode(UniqueID.self, forKey: .id),
            name: try container.decode(TrailName.self, forKey: .name),
            account: try container.decode(AccountID.self, forKey: .account),
            organization: try container.decodeIfPresent(OrganizationID.self, forKey: .organization),
            homeRegion: try container.decode(Region.self, forKey: .homeRegion),
            bucket: try container.decode(BucketName.self, forKey: .bucket),
            prefix: try container.decodeIfPresent(KeyPrefix.self, forKey: .prefix),
            topic: try container.decodeIfPresent(String.self, forKey: .topic),
            topicARN: try container.decodeIfPresent(String.self, forKey: .topicARN),
            announcesDigests: try container.decodeIfPresent(Bool.self, forKey: .announcesDigests) ?? false,
            isMultiRegion: try container.decode(Bool.self, forKey: .isMultiRegion),
            includesGlobalServiceEvents: try container.decode(Bool.self, forKey: .includesGlobalServiceEvents),
            validatesLogFiles: try container.decode(Bool.self, forKey: .validatesLogFiles),
            isLogging: try container.decode(Bool.self, forKey: .isLogging),
            startedAt: try container.decodeIfPresent(Int64.self, forKey: .startedAt),
            stoppedAt: try container.decodeIfPresent(Int64.self, forKey: .stoppedAt),
            compression: try container.decode(CompressionChoice.self, forKey: .compression),
            kmsKey: try container.decodeIfPresent(KeyARN.self, forKey: .kmsKey),
            encryptedBy: try container.decodeIfPresent(EncryptedBy.self, forKey: .encryptedBy) ?? .files,
            objectLock: try container.decodeIfPresent(ObjectLock.self, forKey: .objectLock),
            logGroup: try container.decodeIfPresent(FeedDestination.self, forKey: .logGroup),
            logRole: try container.decodeIfPresent(String.self, forKey: .logRole),
            eventBus: try container.decodeIfPresent(FeedDestination.self, forKey: .eventBus),
            selectors: try container.decode(Selectors.self, forKey: .selectors),
            insights: try container.decodeIfPresent([InsightSelector].self, forKey: .insightSelectors) ?? []
        )
    }
}
