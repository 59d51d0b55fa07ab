import CairnFormat
import CairnTrails
import Testing

@Suite("Which events advanced selectors take (reference 7.5)")
struct AdvancedMatchingTests {
    private let read = EventOutline.fixture(.data, .yes)
    private let write = EventOutline.fixture(.data, .no)

    @Test(
        "everything in bucket-a except two folders, writes only",
        arguments: [
            ("report.csv", "bucket-a", EventOutline.ReadOnly.no, true),
            ("report.csv", "bucket-a", .yes, false),
            ("tmp/x", "bucket-a", .no, false),
            ("log/x", "bucket-a", .no, false),
            ("tmp", "bucket-a", .no, true),
            ("Tmp/x", "bucket-a", .no, true),
            ("report.csv", "bucket-ab", .no, false),
            ("report.csv", "bucket-b", .no, false),
        ]
    )
    func example(key: String, bucket: String, readOnly: EventOutline.ReadOnly, isTaken: Bool) {
        let selectors = Selectors.data(
            "AWS::S3::Object",
            FieldSelector(.readOnly, equals: ["false"]),
            FieldSelector(
                .resourcesARN,
                startsWith: ["arn:aws:s3:::bucket-a/"],
                notStartsWith: ["arn:aws:s3:::bucket-a/tmp/", "arn:aws:s3:::bucket-a/log/"]
            )
        )
        #expect(selectors.objection == nil)
        #expect(selectors.takes(.fixture(.data, readOnly), .object(key, bucket: bucket)) == isTaken)
    }

    @Test(
        "each operator compares whole values, case and all, without wildcards",
        arguments: [
            (SelectorOperator.equals, "GetObject", true), (.equals, "getObject", false), (.equals, "Get*", false),
            (.equals, "GetObjec", false), (.startsWith, "Get", true), (.startsWith, "GetObject", true),
            (.startsWith, "GetObjects", false), (.startsWith, "get", false), (.endsWith, "Object", true),
            (.endsWith, "object", false), (.endsWith, "GetObject?", false), (.notEquals, "GetObject", false),
            (.notEquals, "PutObject", true), (.notStartsWith, "Get", false), (.notStartsWith, "Put", true),
            (.notEndsWith, "Object", false), (.notEndsWith, "Acl", true),
        ]
    )
    func operators(comparison: SelectorOperator, value: String, isTaken: Bool) {
        let selectors = Selectors.data("AWS::S3::Object", FieldSelector(.eventName, [comparison: [value]]))
        #expect(selectors.takes(read, .object("k")) == isTaken)
    }

    @Test(
        "selecting values are ORed over operators; any deselecting hit vetoes",
        arguments: [
            (FieldSelector(.eventName, equals: ["PutObject", "GetObject"]), true),
            (FieldSelector(.eventName, equals: ["PutObject"], startsWith: ["Get"]), true),
            (FieldSelector(.eventName, equals: ["PutObject"], startsWith: ["Put"], endsWith: ["Object"]), true),
            (FieldSelector(.eventName, equals: ["PutObject"], startsWith: ["Put"], endsWith: ["Acl"]), false),
            (FieldSelector(.eventName, notEquals: ["PutObject", "HeadObject"]), true),
            (FieldSelector(.eventName, notEquals: ["PutObject", "GetObject"]), false),
            (FieldSelector(.eventName, notEquals: ["PutObject"], notEndsWith: ["Object"]), false),
            (FieldSelector(.eventName, startsWith: ["Get"], notEndsWith: ["Acl"]), true),
            (FieldSelector(.eventName, startsWith: ["Get"], notEndsWith: ["Object"]), false),
            (FieldSelector(.eventName, equals: ["GetObject"], notEquals: ["GetObject"]), false),
        ]
    )
    func groups(condition: FieldSelector, isTaken: Bool) {
        #expect(Selectors.data("AWS::S3::Object", condition).takes(read, .object("k")) == isTaken)
    }

    @Test("a canonically equivalent spelling is another value")
    func unicode() {
        let selectors = Selectors.data("AWS::S3::Object", FieldSelector(.eventName, equals: ["caf\u{E9}"]))
        let facts = EventFacts.on("AWS::S3::Object arn:aws:s3:::b/k", name: "cafe\u{301}")
        #expect(!selectors.takes(read, facts))
    }

    @Test("conditions are ANDed, selectors ORed")
    func andOr() {
        let name = FieldSelector(.eventName, equals: ["GetObject"])
        let other = FieldSelector(.eventSource, equals: ["sqs.amazonaws.com"])
        #expect(!Selectors.data("AWS::S3::Object", name, other).takes(read, .object("k")))
        let head = [
            FieldSelector(.eventCategory, equals: ["Data"]), FieldSelector(.resourcesType, equals: ["AWS::S3::Object"]),
        ]
        let either = Selectors.advanced([AdvancedEventSelector(head + [other]), AdvancedEventSelector(head + [name])])
        #expect(either.takes(read, .object("k")))
    }

    static let fields: [SelectorField] = [
        .eventSource, .eventName, .eventType, .sessionCredentialFromConsole, .userIdentityARN,
    ]

    @Test("a field that the event lacks fails selecting operators and passes deselecting ones", arguments: fields)
    func missingField(field: SelectorField) {
        let facts = EventFacts(resources: [.init(type: "AWS::S3::Object", arn: "arn:aws:s3:::b/k")])
        #expect(!Selectors.data("AWS::S3::Object", FieldSelector(field, equals: ["true"])).takes(read, facts))
        #expect(Selectors.data("AWS::S3::Object", FieldSelector(field, notEquals: ["true"])).takes(read, facts))
        #expect(
            !Selectors.data("AWS::S3::Object", FieldSelector(field, equals: ["true"], notEquals: ["true"])).takes(
                read, facts))
    }

    @Test("each field is compared with its own member of the record", arguments: fields)
    func ownField(field: SelectorField) {
        var facts = EventFacts.on("AWS::S3::Object arn:aws:s3:::b/k")
        switch field {
        case .eventSource: facts.eventSource = "true"
        case .eventName: facts.eventName = "true"
        case .eventType: facts.eventType = "true"
        case .sessionCredentialFromConsole: facts.sessionCredentialFromConsole = "true"
        default: facts.userIdentityARN = "true"
        }
        for other in Self.fields {
            let selectors = Selectors.data("AWS::S3::Object", FieldSelector(other, equals: ["true"]))
            #expect(selectors.takes(read, facts) == (other == field))
        }
    }

    @Test(
        "readOnly compares what the outline says; an event that doesn't say is in neither",
        arguments: [EventCategory.management, .data], [["true"], ["false"], ["true", "false"]]
    )
    func readOnly(category: EventCategory, values: [String]) {
        let condition = FieldSelector(.readOnly, equals: values)
        let selectors: Selectors =
            category == .data ? .data("AWS::S3::Object", condition) : .one("Management", condition)
        #expect(selectors.takes(.fixture(category, .yes), .object("k")) == values.contains("true"))
        #expect(selectors.takes(.fixture(category, .no), .object("k")) == values.contains("false"))
        #expect(!selectors.takes(.fixture(category, .unsaid), .object("k")))
    }

    @Test("management events are taken by the outline alone")
    func managementSources() {
        let selectors = Selectors.one("Management", FieldSelector(.eventSource, notEquals: ["kms.amazonaws.com"]))
        #expect(selectors.takes(.fixture(.management, .yes, .none)))
        #expect(selectors.takes(.fixture(.management, .yes, .rdsdata)))
        #expect(!selectors.takes(.fixture(.management, .yes, .kms)))
    }

    @Test("of several resources the one of the selector's type is compared")
    func resourceOfType() {
        let facts = EventFacts.object("k")
        let bucket = FieldSelector(.resourcesARN, endsWith: ["bucket-a"])
        let object = FieldSelector(.resourcesARN, equals: ["arn:aws:s3:::bucket-a/k"])
        #expect(!Selectors.data("AWS::S3::Object", bucket).takes(read, facts))
        #expect(Selectors.data("AWS::S3::Object", object).takes(read, facts))
        let notBucket = FieldSelector(.resourcesARN, notEndsWith: ["bucket-a"])
        #expect(Selectors.data("AWS::S3::Object", notBucket).takes(read, facts))
        #expect(!Selectors.data("AWS::SQS::Queue").takes(read, facts))
    }

    @Test("of several resources of the type one that passes is enough")
    func severalOfType() {
        let (a, b) = (
            "arn:aws:dynamodb:us-east-2:111122223333:table/A", "arn:aws:dynamodb:us-east-2:111122223333:table/B"
        )
        let facts = EventFacts.on("AWS::DynamoDB::Table \(a)", "AWS::DynamoDB::Table \(b)")
        #expect(Selectors.data("AWS::DynamoDB::Table", FieldSelector(.resourcesARN, equals: [b])).takes(write, facts))
        #expect(
            Selectors.data("AWS::DynamoDB::Table", FieldSelector(.resourcesARN, notEquals: [a])).takes(write, facts))
        #expect(
            !Selectors.data("AWS::DynamoDB::Table", FieldSelector(.resourcesARN, notEquals: [a, b])).takes(write, facts)
        )
    }

    @Test("a resource without an ARN lacks the field")
    func noARN() {
        let facts = EventFacts.on("AWS::S3::Object")
        #expect(Selectors.data("AWS::S3::Object").takes(read, facts))
        #expect(
            !Selectors.data("AWS::S3::Object", FieldSelector(.resourcesARN, startsWith: ["arn:"])).takes(read, facts))
        #expect(
            Selectors.data("AWS::S3::Object", FieldSelector(.resourcesARN, notStartsWith: ["arn:"])).takes(read, facts))
    }

    @Test("a table's selector also takes its stream's events, unless their names are left out")
    func streams() {
        let table = "arn:aws:dynamodb:us-east-2:111122223333:table/Orders"
        let item = EventFacts.on("AWS::DynamoDB::Table \(table)", source: "dynamodb.amazonaws.com", name: "PutItem")
        let stream = EventFacts.on(
            "AWS::DynamoDB::Table \(table)",
            "AWS::DynamoDB::Stream \(table)/stream/2026-05-11T21:21:33.291",
            source: "dynamodb.amazonaws.com",
            name: "GetRecords"
        )
        let names = FieldSelector(
            .eventName, notEquals: ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"])
        let ofTables = Selectors.data("AWS::DynamoDB::Table", FieldSelector(.resourcesARN, equals: [table]))
        #expect(ofTables.takes(read, item) && ofTables.takes(read, stream))
        let withoutStreams = Selectors.data("AWS::DynamoDB::Table", names)
        #expect(withoutStreams.takes(read, item) && !withoutStreams.takes(read, stream))
        let ofStreams = Selectors.data("AWS::DynamoDB::Stream")
        #expect(!ofStreams.takes(read, item) && ofStreams.takes(read, stream))
    }

    @Test("denials by a VPC endpoint's policy (reference 7.8)")
    func networkActivity() {
        let selectors = Selectors.one(
            "NetworkActivity",
            FieldSelector(.eventSource, equals: ["kms.amazonaws.com"]),
            FieldSelector(.errorCode, equals: ["VpceAccessDenied"]),
            FieldSelector(.vpcEndpointId, equals: ["vpce-1"])
        )
        let outline = EventOutline.fixture(.networkActivity, .unsaid)
        var facts = EventFacts(eventSource: "kms.amazonaws.com", errorCode: "VpceAccessDenied", vpcEndpointId: "vpce-1")
        #expect(selectors.takes(outline, facts))
        #expect(!selectors.takes(.fixture(.data), facts) && !selectors.takes(.fixture(), facts))
        facts.errorCode = "AccessDenied"
        #expect(!selectors.takes(outline, facts))
        facts.errorCode = nil
        #expect(!selectors.takes(outline, facts))
        facts = EventFacts(eventSource: "s3.amazonaws.com", errorCode: "VpceAccessDenied", vpcEndpointId: "vpce-1")
        #expect(!selectors.takes(outline, facts))
        facts = EventFacts(eventSource: "kms.amazonaws.com", errorCode: "VpceAccessDenied", vpcEndpointId: "vpce-2")
        #expect(!selectors.takes(outline, facts))
    }

    @Test("a selector takes events of its category only", arguments: EventCategory.allCases)
    func category(category: EventCategory) {
        let all = Selectors.advanced([
            AdvancedEventSelector(AdvancedEventSelectorTests.least("Management")),
            AdvancedEventSelector(AdvancedEventSelectorTests.least("Data")),
            AdvancedEventSelector(AdvancedEventSelectorTests.least("NetworkActivity")),
        ])
        var facts = EventFacts.object("k")
        facts.eventSource = "kms.amazonaws.com"
        #expect(Selectors.one("Management").takes(.fixture(category), facts) == (category == .management))
        #expect(Selectors.data("AWS::S3::Object").takes(.fixture(category), facts) == (category == .data))
        #expect(all.takes(.fixture(category), facts) == [.management, .data, .networkActivity].contains(category))
    }
}
