import CairnAPI
import CairnCatalog
import CairnFormat
import Testing

@Suite("LookupEvents (reference 9)")
struct LookupTests {
    @Test("asks for what the request says, 90 days back at most")
    func query() async throws {
        let bench = try await Bench()
        _ = try await bench.get("LookupEvents", role: .auditor)
        let now: Int64 = 1_772_360_100
        let all = try #require(bench.queries.content.last)
        #expect(all.attribute == nil && all.limit == 50 && all.after == nil && all.start == now - 90 * 86_400)
        _ = try await bench.get(
            "LookupEvents",
            #"{"LookupAttributes":[{"AttributeKey":"Username","AttributeValue":"Mary"}],"StartTime":1772350000.2,"EndTime":1772360000.9,"MaxResults":7}"#,
            region: Bench.ireland)
        let one = try #require(bench.queries.content.last)
        #expect(one.attribute == .username && one.value == "Mary" && one.limit == 7 && one.region == Bench.ireland)
        #expect(one.start == 1_772_350_001 && one.end == 1_772_360_000)
    }

    @Test("tokens hold for the same question alone")
    func tokens() async throws {
        let bench = try await Bench()
        bench.found.content = EventPage(events: [], next: "17.1.1.0")
        let attribute = #""LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"X"}]"#
        let token = try #require(try await bench.get("LookupEvents", "{\(attribute)}")["NextToken"]?.text)
        _ = try await bench.get("LookupEvents", #"{\#(attribute),"NextToken":"\#(token)","MaxResults":3}"#)
        #expect(bench.queries.content.last?.after == "17.1.1.0")
        for body in [
            #"{"NextToken":"\#(token)"}"#, #"{\#(attribute),"StartTime":1,"NextToken":"\#(token)"}"#,
            #"{\#(attribute),"NextToken":"x"}"#,
            #"{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"Y"}],"NextToken":"\#(token)"}"#,
        ] {
            #expect(await bench.code("LookupEvents", body) == "InvalidNextTokenException", "\(body)")
        }
        #expect(
            await bench.code("LookupEvents", #"{\#(attribute),"NextToken":"\#(token)"}"#, account: Bench.other)
                == "InvalidNextTokenException")
    }

    @Test(
        "errors by code",
        arguments: [
            (#"{"StartTime":2,"EndTime":1}"#, "InvalidTimeRangeException"),
            (#"{"MaxResults":0}"#, "InvalidMaxResultsException"),
            (#"{"EventCategory":"management"}"#, "InvalidEventCategoryException"),
            (#"{"LookupAttributes":[{"AttributeKey":"Eventname","AttributeValue":"X"}]}"#, "ValidationException"),
            (
                #"{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"X"},{"AttributeKey":"EventId","AttributeValue":"Y"}]}"#,
                "InvalidLookupAttributesException"
            ),
            (
                #"{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"\#(String(repeating: "_", count: 1_001))"}]}"#,
                "InvalidLookupAttributesException"
            ),
            (
                #"{"EventCategory":"insight","LookupAttributes":[{"AttributeKey":"Username","AttributeValue":"X"}]}"#,
                "InvalidLookupAttributesException"
            ),
        ])
    func errors(_ body: String, _ expected: String) async throws {
        let bench = try await Bench()
        #expect(await bench.code("LookupEvents", body) == expected)
    }

    @Test("there are no Insights events yet, and none are invented")
    func insights() async throws {
        let bench = try await Bench()
        #expect(try await bench.get("LookupEvents", #"{"EventCategory":"insight"}"#).json == #"{"Events":[]}"#)
        #expect(bench.queries.content.isEmpty)
    }
}
