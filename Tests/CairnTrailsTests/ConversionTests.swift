import CairnFormat
import CairnTrails
import Testing

@Suite("A basic selector as advanced ones (reference 7.9)")
struct ConversionTests {
    private static let management = FieldSelector(.eventCategory, equals: ["Management"])
    private static let data = FieldSelector(.eventCategory, equals: ["Data"])
    private static let function = "arn:aws:lambda:us-east-2:111122223333:function:name"
    private static let table = "arn:aws:dynamodb:us-east-2:111122223333:table/Orders"

    @Test("management events, all of them")
    func all() {
        #expect(EventSelector().asAdvanced == [AdvancedEventSelector([Self.management])])
    }

    @Test(
        "management events that read, or write", arguments: [(ReadWriteType.readOnly, "true"), (.writeOnly, "false")])
    func readWriteType(type: ReadWriteType, value: String) {
        let expected = AdvancedEventSelector([Self.management, FieldSelector(.readOnly, equals: [value])])
        #expect(EventSelector(readWriteType: type).asAdvanced == [expected])
    }

    @Test("an excluded source")
    func excluded() {
        let source = FieldSelector(.eventSource, notEquals: ["kms.amazonaws.com"])
        let selector = EventSelector(excludedSources: ["kms.amazonaws.com"])
        #expect(selector.asAdvanced == [AdvancedEventSelector([Self.management, source])])
    }

    @Test("S3 values are beginnings, Lambda's and DynamoDB's are exact, whole types have no ARN")
    func resources() {
        let selector = EventSelector(
            readWriteType: .writeOnly,
            includesManagementEvents: false,
            dataResources: [
                DataResource(type: "AWS::S3::Object", values: ["arn:aws:s3:::a/", "arn:aws:s3:::b/k"]),
                DataResource(type: "AWS::Lambda::Function", values: [Self.function]),
                DataResource(type: "AWS::DynamoDB::Table", values: [Self.table, "arn:aws:dynamodb"]),
            ]
        )
        let writes = FieldSelector(.readOnly, equals: ["false"])
        func ofType(_ type: String, _ rest: FieldSelector...) -> AdvancedEventSelector {
            AdvancedEventSelector([Self.data, FieldSelector(.resourcesType, equals: [type]), writes] + rest)
        }
        let keys = FieldSelector(.resourcesARN, startsWith: ["arn:aws:s3:::a/", "arn:aws:s3:::b/k"])
        #expect(
            selector.asAdvanced == [
                ofType("AWS::S3::Object", keys),
                ofType("AWS::Lambda::Function", FieldSelector(.resourcesARN, equals: [Self.function])),
                ofType("AWS::DynamoDB::Table"),
            ]
        )
    }

    @Test("of the largest trail stays within the 500 values")
    func limit() {
        let values = (0..<50).map { "arn:aws:s3:::bucket-\($0)/" }
        let resources = values.map { DataResource(type: "AWS::S3::Object", values: [$0]) }
        let sources = EventSelector.excludableSources
        let basic = Array(
            repeating: EventSelector(readWriteType: .readOnly, dataResources: resources, excludedSources: sources),
            count: 5
        )
        #expect(Selectors.basic(basic).objection == nil)
        #expect(Selectors.advanced(basic.flatMap(\.asAdvanced)).objection == nil)
    }

    static let resourceLists: [[DataResource]] = [
        [], [DataResource(type: "AWS::S3::Object", values: ["arn:aws:s3"])],
        [DataResource(type: "AWS::S3::Object", values: ["arn:aws:s3:::bucket-a/", "arn:aws:s3:::bucket-b/sec"])],
        [DataResource(type: "AWS::Lambda::Function", values: [function])],
        [DataResource(type: "AWS::Lambda::Function", values: ["arn:aws:lambda"])],
        [
            DataResource(type: "AWS::DynamoDB::Table", values: [table]),
            DataResource(type: "AWS::S3::Object", values: ["arn:aws:s3:::bucket-b/"]),
            DataResource(type: "AWS::S3::Object", values: ["arn:aws:s3:::bucket-a/x"]),
        ],
    ]

    static let facts: [EventFacts] = [
        .object("x"), .object("y"), .object("secret", bucket: "bucket-b"), .object("k", bucket: "bucket-c"),
        .on("AWS::Lambda::Function \(function)"), .on("AWS::Lambda::Function \(function)2"),
        .on("AWS::DynamoDB::Table \(table)", "AWS::DynamoDB::Stream \(table)/stream/1"), .on("AWS::SQS::Queue q"),
        EventFacts(),
    ]

    @Test(
        "takes the same events",
        arguments: ReadWriteType.allCases,
        [[], ["kms.amazonaws.com"], ["rdsdata.amazonaws.com", "kms.amazonaws.com"]]
    )
    func sameEvents(type: ReadWriteType, sources: [String]) {
        for resources in Self.resourceLists {
            for managed in [true, false] where managed || (sources.isEmpty && !resources.isEmpty) {
                let selector = EventSelector(
                    readWriteType: type,
                    includesManagementEvents: managed,
                    dataResources: resources,
                    excludedSources: sources
                )
                let (basic, advanced) = (Selectors.basic([selector]), Selectors.advanced(selector.asAdvanced))
                #expect(basic.objection == nil && advanced.objection == nil)
                for readOnly in [EventOutline.ReadOnly.yes, .no] {
                    for excludable in [EventOutline.ExcludableSource.none, .kms, .rdsdata] {
                        let outline = EventOutline.fixture(.management, readOnly, excludable)
                        #expect(basic.takes(outline) == advanced.takes(outline))
                    }
                    for facts in Self.facts {
                        let outline = EventOutline.fixture(.data, readOnly)
                        #expect(basic.takes(outline, facts) == advanced.takes(outline, facts))
                    }
                }
            }
        }
    }
}
