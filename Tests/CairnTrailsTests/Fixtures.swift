import CairnFormat
import CairnNative
import CairnTrails

extension AccountID {
    static let ours = try! AccountID("111122223333")
    static let theirs = try! AccountID("444455556666")
}

extension Region {
    static let usEast2 = try! Region("us-east-2")
    static let usWest2 = try! Region("us-west-2")
    static let euWest1 = try! Region("eu-west-1")
    static let cnNorth1 = try! Region("cn-north-1")
    static let cnNorthwest1 = try! Region("cn-northwest-1")
    static let usGovWest1 = try! Region("us-gov-west-1")
    static let usGovEast1 = try! Region("us-gov-east-1")
}

extension OrganizationID {
    static let ours = try! OrganizationID("o-exampleorgid")
}

extension Organization {
    /// One that `ours` manages, with members.
    static func fixture(_ members: AccountID...) -> Organization {
        var made = Organization(id: .ours, managementAccount: .ours)
        made.add(members)
        return made
    }
}

extension Trail {
    /// A logging trail. Trails are numbered: their ids sort by number.
    static func fixture(
        _ number: UInt8 = 1,
        account: AccountID = .ours,
        home: Region = .usEast2,
        isMultiRegion: Bool = false,
        global: Bool = true,
        isLogging: Bool = true,
        validates: Bool = true,
        organization: OrganizationID? = nil,
        selectors: Selectors = .standard
    ) -> Trail {
        try! Trail(
            id: UniqueID(random: [UInt8](repeating: number, count: 16)),
            name: TrailName("trail-\(number)"),
            account: account,
            organization: organization,
            homeRegion: home,
            bucket: BucketName("amzn-s3-demo-bucket"),
            isMultiRegion: isMultiRegion,
            includesGlobalServiceEvents: global,
            validatesLogFiles: validates,
            isLogging: isLogging,
            selectors: selectors
        )
    }
}

extension EventOutline {
    static func fixture(
        _ category: EventCategory = .management,
        _ readOnly: ReadOnly = .yes,
        _ excludable: ExcludableSource = .none,
        isGlobal: Bool = false
    ) -> EventOutline {
        EventOutline(
            category: category,
            readOnly: readOnly,
            excludable: excludable,
            isGlobal: isGlobal,
            hasMadeUpID: false,
            time: EventTime(iso8601: Array("2026-05-08T07:19:37Z".utf8))!,
            key: 1,
            fingerprint: .init(high: 1, low: 2)
        )
    }
}

extension EventFacts {
    /// A call on resources, each `type ARN`.
    static func on(_ resources: String..., source: String = "s3.amazonaws.com", name: String = "GetObject")
        -> EventFacts
    {
        EventFacts(
            eventSource: source,
            eventName: name,
            eventType: "AwsApiCall",
            resources: resources.map { text in
                let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
                return Resource(type: parts[0], arn: parts.count > 1 ? parts[1] : nil)
            }
        )
    }

    /// A call on an object, with its bucket, as S3 records it.
    static func object(_ key: String, bucket: String = "bucket-a") -> EventFacts {
        .on("AWS::S3::Bucket arn:aws:s3:::\(bucket)", "AWS::S3::Object arn:aws:s3:::\(bucket)/\(key)")
    }
}

extension TrailMatcher {
    convenience init(
        _ trails: Trail..., regions: [Region] = [.usEast1, .usEast2, .usWest2], organization: Organization? = nil,
        revision: UInt64 = 1
    ) {
        self.init(
            MatcherSnapshot(
                revision: revision, regions: regions, accounts: [.ours, .theirs], organization: organization,
                trails: trails))
    }

    func trails(
        for outline: EventOutline,
        account: AccountID = .ours,
        region: Region = .usEast2,
        facts: EventFacts? = nil
    ) -> [Int] {
        var found: [Int] = []
        match(account: account, region: region, outline: outline, facts: { facts }, into: &found)
        return found
    }
}

extension Selectors {
    /// Whether a trail with these selectors takes the event.
    func takes(_ outline: EventOutline, _ facts: EventFacts? = nil) -> Bool {
        !TrailMatcher(.fixture(selectors: self)).trails(for: outline, facts: facts).isEmpty
    }

    /// One advanced selector: a category and conditions.
    static func one(_ category: String, _ conditions: FieldSelector...) -> Selectors {
        .advanced([AdvancedEventSelector([FieldSelector(.eventCategory, equals: [category])] + conditions)])
    }

    /// One advanced selector for the data events of a type.
    static func data(_ type: String, _ conditions: FieldSelector...) -> Selectors {
        let head = [FieldSelector(.eventCategory, equals: ["Data"]), FieldSelector(.resourcesType, equals: [type])]
        return .advanced([AdvancedEventSelector(head + conditions)])
    }

    /// What CloudTrail would say to them; nil if it takes them.
    var objection: SelectorError? {
        do throws(SelectorError) {
            try check()
            return nil
        } catch {
            return error
        }
    }
}
