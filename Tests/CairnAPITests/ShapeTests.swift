import CairnAPI
import CairnCatalog
import CairnFormat
import Testing

@Suite("A request is held against the service model before anything is done")
struct ShapeTests {
    static func failure(_ operation: String, _ body: String) async throws -> APIError? {
        let bench = try await Bench()
        if case .failure(let error) = await bench.ask(operation, body) { return error }
        return nil
    }

    @Test("what is required and not there, or null")
    func required() async throws {
        let expected =
            "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null "
            + "at 's3BucketName' failed to satisfy constraint: Member must not be null"
        for body in ["{}", "", "{\"Name\":null}"] {
            #expect(try await Self.failure("CreateTrail", body) == APIError(400, "ValidationException", expected))
        }
    }

    @Test(
        "every rule that is broken is told, in the model's order",
        arguments: [
            ("GetImport", #"{"ImportId":"x"}"#, "greater than or equal to 36; Value 'x' at 'importId'"),
            ("GetImport", #"{"ImportId":"x"}"#, "satisfy regular expression pattern: ^[a-f0-9\\-]+$"),
            ("ListChannels", #"{"MaxResults":0}"#, "Member must have value greater than or equal to 1"),
            ("ListChannels", #"{"MaxResults":1001}"#, "Member must have value less than or equal to 1000"),
            ("ListDashboards", #"{"Type":"X"}"#, "Member must satisfy enum value set: [MANAGED, CUSTOM]"),
            (
                "AddTags", #"{"ResourceId":"a","TagsList":[{"Key":"k"},{"Value":"v"}]}"#,
                "Value null at 'tagsList.2.member.key' failed to satisfy constraint: Member must not be null"
            ),
            ("GenerateQuery", #"{"EventDataStores":[],"Prompt":"abc"}"#, "'0 elements' at 'eventDataStores'"),
            ("PutResourcePolicy", #"{"ResourceArn":"arn:x","ResourcePolicy":""}"#, "at 'resourcePolicy'"),
        ])
    func rules(_ operation: String, _ body: String, _ expected: String) async throws {
        let error = try #require(try await Self.failure(operation, body))
        #expect(error.code == "ValidationException")
        #expect(error.message.contains(expected), "\(error.message)")
    }

    @Test(
        "a value of another kind ends it",
        arguments: [
            ("GetTrail", #"{"Name":7}"#, "name: expected a string, found a number"),
            (
                "CreateTrail", #"{"Name":"abc","IsMultiRegionTrail":"true"}"#,
                "isMultiRegionTrail: expected true or false"
            ),
            ("ListPublicKeys", #"{"StartTime":"2026-03-01"}"#, "startTime: expected a time: seconds since 1970"),
            ("ListTags", #"{"ResourceIdList":"a"}"#, "resourceIdList: expected a list, found a string"),
            ("ListTags", #"{"ResourceIdList":["a",3]}"#, "resourceIdList.2.member: expected a string, found a number"),
            ("ListChannels", #"{"MaxResults":1.5}"#, "maxResults: expected a whole number, found 1.5"),
            ("ListChannels", #"{"MaxResults":99999999999999999999}"#, "maxResults: expected a whole number"),
            ("ListTrails", "[]", "the body: expected an object, found a list"),
            ("ListTrails", "{", "the body is not JSON"),
            ("ListTrails", #"{"NextToken":"a","NextToken":"b"}"#, "the name 'NextToken' stands twice"),
            ("ListTrails", #"{"a":\#(String(repeating: "[", count: 40))"#, "nested deeper than 32"),
            ("ListTrails", #"{"a":"\ud800"}"#, "half a surrogate pair"),
        ])
    func kinds(_ operation: String, _ body: String, _ expected: String) async throws {
        let error = try #require(try await Self.failure(operation, body))
        #expect(error.code == "SerializationException" && error.status == 400)
        #expect(error.message.contains(expected), "\(error.message)")
    }

    @Test(
        "members that have errors of their own",
        arguments: [
            (
                "PutEventSelectors", #"{"TrailName":"abc","EventSelectors":[{"ReadWriteType":"read-only"}]}"#,
                "InvalidEventSelectorsException"
            ),
            (
                "PutInsightSelectors", #"{"TrailName":"abc","InsightSelectors":[{"InsightType":"X"}]}"#,
                "InvalidInsightSelectorsException"
            ),
            ("LookupEvents", #"{"MaxResults":51}"#, "InvalidMaxResultsException"),
            ("LookupEvents", #"{"EventCategory":"Insight"}"#, "InvalidEventCategoryException"),
            (
                "LookupEvents", #"{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":""}]}"#,
                "InvalidLookupAttributesException"
            ),
            (
                "ListInsightsMetricData",
                #"{"EventSource":"a.amazonaws.com","EventName":"b","InsightType":"ApiCallRateInsight","Period":9}"#,
                "InvalidParameterException"
            ),
        ])
    func codes(_ operation: String, _ body: String, _ expected: String) async throws {
        #expect(try await Self.failure(operation, body)?.code == expected)
    }

    @Test("members that the model does not know are passed over, as AWS's services do")
    func unknown() async throws {
        let bench = try await Bench()
        _ = try await bench.trail("main-trail", ",\"RecursiveLogging\":true,\"Other\":{\"a\":[1]}")
    }

    @Test("unknown operations, and those that come later")
    func operations() async throws {
        let bench = try await Bench()
        #expect(await bench.code("NoSuchThing") == "UnknownOperationException")
        #expect(await bench.code("createtrail") == "UnknownOperationException")
        #expect(await bench.code("CreateEventDataStore", #"{"Name":"abc"}"#) == "UnsupportedOperationException")
        #expect(await bench.code("CreateEventDataStore", #"{"Name":"ab"}"#) == "ValidationException")
    }

    @Test("what a principal may not do is refused before what it asks is looked at")
    func permissions() async throws {
        let bench = try await Bench()
        let name = #"{"Name":"main-trail"}"#
        for role in [Role.auditor, .reader] {
            #expect(await bench.code("StopLogging", "{}", role: role) == "AccessDeniedException")
            #expect(await bench.code("GetTrail", name, role: role) == "TrailNotFoundException")
        }
        #expect(await bench.code("GetTrail", name, role: .producer) == "AccessDeniedException")
        #expect(await bench.code("LookupEvents", "{}", role: .reader) == "AccessDeniedException")
        let error = await bench.ask("StopLogging", name, role: .auditor)
        #expect(
            error
                == .failure(
                    APIError(
                        403, "AccessDeniedException",
                        "User: arn:aws:iam::111122223333:user/mary is not authorized to perform: cloudtrail:StopLogging "
                            + "because no identity-based policy allows the cloudtrail:StopLogging action")))
    }
}
