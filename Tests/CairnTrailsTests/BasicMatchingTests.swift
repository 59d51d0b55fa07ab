import CairnFormat
import CairnTrails
import Testing

@Suite("Which events basic selectors take (reference 7.2, 7.3)")
struct BasicMatchingTests {
    static let table = "arn:aws:dynamodb:us-east-2:111122223333:table/Orders"
    static let function = "arn:aws:lambda:us-east-2:111122223333:function:name"

    private func basic(_ type: String, _ values: String..., readWriteType: ReadWriteType = .all) -> Selectors {
        let resource = DataResource(type: type, values: values)
        return .basic([
            EventSelector(readWriteType: readWriteType, includesManagementEvents: false, dataResources: [resource])
        ])
    }

    @Test("a new trail takes all management events and nothing else")
    func standard() {
        for readOnly in [EventOutline.ReadOnly.unsaid, .yes, .no] {
            for excludable in [EventOutline.ExcludableSource.none, .kms, .rdsdata] {
                #expect(Selectors.standard.takes(.fixture(.management, readOnly, excludable)))
            }
        }
        for category in EventCategory.allCases where category != .management {
            #expect(!Selectors.standard.takes(.fixture(category), .object("k")))
        }
    }

    @Test(
        "ReadWriteType holds for management and data events alike",
        arguments: [
            (ReadWriteType.all, EventOutline.ReadOnly.yes, true), (.all, .no, true), (.all, .unsaid, true),
            (.readOnly, .yes, true), (.readOnly, .no, false), (.readOnly, .unsaid, false),
            (.writeOnly, .yes, false), (.writeOnly, .no, true), (.writeOnly, .unsaid, true),
        ]
    )
    func readWriteType(type: ReadWriteType, readOnly: EventOutline.ReadOnly, isTaken: Bool) {
        let management = Selectors.basic([EventSelector(readWriteType: type)])
        #expect(management.takes(.fixture(.management, readOnly)) == isTaken)
        let data = basic("AWS::S3::Object", "arn:aws:s3", readWriteType: type)
        #expect(data.takes(.fixture(.data, readOnly), .object("k")) == isTaken)
    }

    @Test(
        "excluded sources are left out of management events",
        arguments: [
            ([String](), true, true), (["kms.amazonaws.com"], false, true), (["rdsdata.amazonaws.com"], true, false),
            (["kms.amazonaws.com", "rdsdata.amazonaws.com"], false, false),
        ]
    )
    func excluded(sources: [String], takesKMS: Bool, takesRDSData: Bool) {
        let selectors = Selectors.basic([EventSelector(excludedSources: sources)])
        #expect(selectors.takes(.fixture(.management, .no, .kms)) == takesKMS)
        #expect(selectors.takes(.fixture(.management, .no, .rdsdata)) == takesRDSData)
        #expect(selectors.takes(.fixture(.management, .no, .none)))
    }

    @Test("management events may be left out altogether")
    func noManagement() {
        #expect(!Selectors.basic([EventSelector(includesManagementEvents: false)]).takes(.fixture()))
    }

    @Test(
        "values of S3 are all, a bucket, or the beginning of a key",
        arguments: [
            ("arn:aws:s3", "bucket-a", "k", true), ("arn:aws:s3:::", "bucket-a", "k", true),
            ("arn:aws:s3:::bucket-a/", "bucket-a", "k", true), ("arn:aws:s3:::bucket-a/", "bucket-a", "", true),
            ("arn:aws:s3:::bucket-a/", "bucket-ab", "k", false), ("arn:aws:s3:::bucket-a/", "bucket", "k", false),
            ("arn:aws:s3:::bucket-a/secret/", "bucket-a", "secret/x", true),
            ("arn:aws:s3:::bucket-a/secret/", "bucket-a", "secrets/x", false),
            ("arn:aws:s3:::bucket-a/sec", "bucket-a", "secrets/x", true),
            ("arn:aws:s3:::bucket-a/Sec", "bucket-a", "secrets/x", false),
        ]
    )
    func s3(value: String, bucket: String, key: String, isTaken: Bool) {
        #expect(basic("AWS::S3::Object", value).takes(.fixture(.data), .object(key, bucket: bucket)) == isTaken)
    }

    @Test(
        "values of Lambda and DynamoDB are all or exact",
        arguments: [
            ("AWS::Lambda::Function", "arn:aws:lambda", function, true),
            ("AWS::Lambda::Function", function, function, true),
            ("AWS::Lambda::Function", function, function + "-2", false),
            ("AWS::Lambda::Function", function + "-2", function, false),
            ("AWS::DynamoDB::Table", "arn:aws:dynamodb", table, true), ("AWS::DynamoDB::Table", table, table, true),
            ("AWS::DynamoDB::Table", table, table + "2", false),
        ]
    )
    func exact(type: String, value: String, arn: String, isTaken: Bool) {
        #expect(basic(type, value).takes(.fixture(.data), .on("\(type) \(arn)")) == isTaken)
    }

    @Test("a type takes events on resources of that type only")
    func otherType() {
        #expect(
            !basic("AWS::S3::Object", "arn:aws:s3").takes(.fixture(.data), .on("AWS::DynamoDB::Table \(Self.table)")))
        #expect(
            !basic("AWS::S3::Object", "arn:aws:s3").takes(.fixture(.data), .on("AWS::S3::Bucket arn:aws:s3:::bucket")))
        #expect(!basic("AWS::S3::Object", "arn:aws:s3").takes(.fixture(.data), EventFacts()))
    }

    @Test("a table takes the events of its stream, whose records list both")
    func streams() {
        let stream = EventFacts.on("AWS::DynamoDB::Stream \(Self.table)/stream/1", "AWS::DynamoDB::Table \(Self.table)")
        #expect(basic("AWS::DynamoDB::Table", Self.table).takes(.fixture(.data), stream))
        #expect(basic("AWS::DynamoDB::Table", "arn:aws:dynamodb").takes(.fixture(.data), stream))
        #expect(!basic("AWS::DynamoDB::Table", Self.table + "2").takes(.fixture(.data), stream))
    }

    @Test("several selectors are ORed, and an event that several take is taken once")
    func several() {
        let all = DataResource(type: "AWS::S3::Object", values: ["arn:aws:s3"])
        let selectors = Selectors.basic([
            EventSelector(readWriteType: .readOnly, dataResources: [all, all]),
            EventSelector(readWriteType: .writeOnly, includesManagementEvents: false, dataResources: [all]),
            EventSelector(dataResources: [all]),
        ])
        let matcher = TrailMatcher(.fixture(selectors: selectors))
        #expect(matcher.trails(for: .fixture(.data, .yes), facts: .object("k")) == [0])
        #expect(matcher.trails(for: .fixture(.data, .no), facts: .object("k")) == [0])
        #expect(matcher.trails(for: .fixture(.management, .yes)) == [0])
    }
}
