import CairnTrails
import Testing

@Suite("A basic event selector (reference 7.2)")
struct EventSelectorTests {
    private func objection(_ type: String, _ values: [String]) -> SelectorError? {
        Selectors.basic([EventSelector(dataResources: [DataResource(type: type, values: values)])]).objection
    }

    @Test(
        "takes these values",
        arguments: [
            ("AWS::S3::Object", "arn:aws:s3"), ("AWS::S3::Object", "arn:aws:s3:::"),
            ("AWS::S3::Object", "arn:aws:s3:::bucket/"), ("AWS::S3::Object", "arn:aws:s3:::bucket/path"),
            ("AWS::S3::Object", "arn:aws:s3:::bucket/a/b/"), ("AWS::S3::Object", "arn:aws-cn:s3:::bucket/"),
            ("AWS::Lambda::Function", "arn:aws:lambda"),
            ("AWS::Lambda::Function", "arn:aws:lambda:us-east-2:111122223333:function:name"),
            ("AWS::DynamoDB::Table", "arn:aws:dynamodb"),
            ("AWS::DynamoDB::Table", "arn:aws:dynamodb:us-east-2:111122223333:table/Orders"),
        ]
    )
    func accepted(type: String, value: String) {
        #expect(objection(type, [value]) == nil)
    }

    @Test(
        "refuses these",
        arguments: [
            ("AWS::S3::Object", ""), ("AWS::S3::Object", "*"), ("AWS::S3::Object", "bucket/"),
            ("AWS::S3::Object", "arn:aws:s3:::bucket"), ("AWS::S3::Object", "arn:aws:s3:::/key"),
            ("AWS::S3::Object", "arn:aws:s3:"), ("AWS::S3::Object", "arn:aws:s3::"), ("AWS::S3::Object", "arn:x:s3"),
            ("AWS::S3::Object", "arn:aws:s3:us-east-1::bucket/"), ("AWS::S3::Object", "arn:aws:lambda"),
            ("AWS::Lambda::Function", "arn:aws:lambda:us-east-2:111122223333:function:name:prod"),
            ("AWS::Lambda::Function", "arn:aws:lambda:us-east-2:111122223333:function"),
            ("AWS::Lambda::Function", "arn:aws:lambda:::function:name"), ("AWS::Lambda::Function", "arn:aws:lambda:::"),
            ("AWS::Lambda::Function", "arn:aws:s3"),
            ("AWS::DynamoDB::Table", "arn:aws:dynamodb:us-east-2:111122223333:table/Orders/stream/2026"),
            ("AWS::DynamoDB::Table", "arn:aws:dynamodb:us-east-2:1111:table/Orders"),
            ("AWS::DynamoDB::Table", "arn:aws:dynamodb:us-east-2:111122223333:table/"),
            ("AWS::SQS::Queue", "arn:aws:sqs:us-east-2:111122223333:q"), ("AWS::s3::Object", "arn:aws:s3"),
        ]
    )
    func refused(type: String, value: String) {
        #expect(objection(type, [value])?.code == "InvalidEventSelectorsException")
    }

    @Test("refuses a list of no values")
    func noValues() {
        #expect(objection("AWS::S3::Object", [])?.field == "EventSelectors[0].DataResources[0].Values")
    }

    @Test("knows three types, and no other of the closed list")
    func types() {
        for type in ResourceTypes.sorted where !ResourceTypes.basic.contains(type) {
            #expect(objection(type, ["arn:aws:s3"])?.field == "EventSelectors[0].DataResources[0].Type")
        }
    }

    @Test("may leave out KMS and the RDS Data API, alone or together")
    func excluded() {
        for sources in [
            ["kms.amazonaws.com"], ["rdsdata.amazonaws.com"], ["kms.amazonaws.com", "rdsdata.amazonaws.com"],
        ] {
            #expect(Selectors.basic([EventSelector(excludedSources: sources)]).objection == nil)
        }
    }

    @Test("may leave out no other source", arguments: ["ec2.amazonaws.com", "KMS.amazonaws.com", ""])
    func notExcludable(source: String) {
        let error = Selectors.basic([EventSelector(excludedSources: [source])]).objection
        #expect(error?.code == "InvalidEventSelectorsException")
        #expect(error?.field == "EventSelectors[0].ExcludeManagementEventSources")
    }

    @Test("leaves out sources only where it takes management events")
    func excludedWithoutManagement() {
        let selector = EventSelector(includesManagementEvents: false, excludedSources: ["kms.amazonaws.com"])
        #expect(Selectors.basic([selector]).objection?.code == "InvalidEventSelectorsException")
        #expect(Selectors.basic([EventSelector(includesManagementEvents: false)]).objection == nil)
    }

    @Test("comes one to five to a trail", arguments: 1...6)
    func selectorCount(count: Int) {
        let error = Selectors.basic(Array(repeating: EventSelector(), count: count)).objection
        #expect(error == (count <= 5 ? nil : .tooMany("EventSelectors", max: 5, found: 6)))
    }

    @Test(
        "has up to 250 values in all, however spread",
        arguments: [[250], [251], [125, 125], [125, 126], [50, 50, 50, 50, 50]])
    func valueCount(counts: [Int]) {
        let selectors = counts.map { count in
            EventSelector(dataResources: [
                DataResource(type: "AWS::S3::Object", values: (0..<count).map { "arn:aws:s3:::bucket-\($0)/" })
            ])
        }
        let sum = counts.reduce(0, +)
        let expected: SelectorError? = sum <= 250 ? nil : .tooMany("values of DataResources", max: 250, found: sum)
        #expect(Selectors.basic(selectors).objection == expected)
    }
}
