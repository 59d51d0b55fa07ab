import CairnAPI
import CairnCatalog
import CairnFormat
import Testing

@Suite("Every call is an event of its own")
struct CallRecordTests {
    @Test("with who, what, when and from where, and what came of it")
    func change() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail", #","TagsList":[{"Key":"team","Value":"audit"}]"#)
        #expect(bench.records.content.count == 2 && bench.records.content[0] == "begin")
        let event = try StrictJSON.parse(Array(bench.records.content[1].utf8))
        #expect(event["eventSource"]?.text == "cloudtrail.cairn" && event["eventName"]?.text == "CreateTrail")
        #expect(event["userIdentity"]?["arn"]?.text == "arn:aws:iam::111122223333:user/mary")
        #expect(event["userIdentity"]?["accessKeyId"]?.text == "AKIAIOSFODNN7EXAMPLE")
        #expect(event["eventTime"]?.text == "2026-03-01T10:15:00Z" && event["awsRegion"]?.text == "us-east-2")
        #expect(event["sourceIPAddress"]?.text == "192.0.2.10" && event["userAgent"]?.text == "aws-cli/2")
        #expect(event["readOnly"] == .bool(false) && event["eventCategory"]?.text == "Management")
        #expect(event["requestID"] == event["eventID"])
        #expect(
            event["requestParameters"]?.json
                == #"{"name":"main-trail","s3BucketName":"cairn-logs","tagsList":[{"key":"team","value":"audit"}]}"#)
        #expect(event["responseElements"]?["trailARN"]?.text == TrailOperationsTests.arn)
        #expect(event["errorCode"] == nil)
    }

    @Test("is noted before anything is changed, and written down before the change is in force")
    func order() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail")
        let story = bench.story.content
        #expect(story.map { String($0.prefix(8)) } == ["begin", "{\"eventV", "in force"])
    }

    @Test("tells members that count, by the names that the service model has, and no others")
    func members() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail")
        _ = try await bench.get(
            "StopLogging",
            #"{"Name":"main-trail","name":"scratch","x":"\#(String(repeating: "x", count: 110_000))"}"#)
        let event = try StrictJSON.parse(Array(try #require(bench.records.content.last).utf8))
        #expect(event["requestParameters"]?.json == #"{"name":"main-trail"}"#)
    }

    @Test("reads say what was asked, not what was answered")
    func read() async throws {
        let bench = try await Bench()
        _ = try await bench.get("DescribeTrails", role: .reader)
        let event = try StrictJSON.parse(Array(try #require(bench.records.content.last).utf8))
        #expect(event["readOnly"] == .bool(true) && event["requestParameters"]?.isNull == true)
        #expect(event["responseElements"]?.isNull == true)
    }

    @Test("refused calls are events, too, with why")
    func refused() async throws {
        let bench = try await Bench()
        _ = await bench.code("StopLogging", #"{"Name":"main-trail"}"#, role: .auditor)
        _ = await bench.code("StopLogging", #"{"Name":"main-trail"}"#)
        _ = await bench.code("Nonsense\u{1B}[31m", "{")
        let events = try bench.records.content.filter { $0 != "begin" }.map { try StrictJSON.parse(Array($0.utf8)) }
        #expect(
            events.map { $0["errorCode"]?.text } == [
                "AccessDeniedException", "TrailNotFoundException", "UnknownOperationException",
            ])
        #expect(events[1]["errorMessage"]?.text == "Unknown trail: main-trail for the user: 111122223333")
        #expect(events[0]["requestParameters"]?.json == #"{"name":"main-trail"}"#)
    }

    @Test("what cannot be written down is not done; settings may be looked at all the same")
    func full() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail")
        bench.isFull.content = true
        let name = #"{"Name":"main-trail"}"#
        #expect(await bench.code("StartLogging", name) == "ServiceUnavailable")
        #expect(try await bench.get("GetTrailStatus", name)["IsLogging"] == .bool(false))
        #expect(await bench.code("LookupEvents") == "ServiceUnavailable")
    }

    @Test("what is too large for a record is left out, and the rest stands")
    func large() async throws {
        let bench = try await Bench()
        let names = (0..<4_000).map { "\"\("trail-\($0)-".padding)\"" }.joined(separator: ",")
        _ = await bench.code("DescribeTrails", #"{"trailNameList":[\#(names)]}"#)
        let event = try StrictJSON.parse(Array(try #require(bench.records.content.last).utf8))
        #expect(event["requestParameters"]?.isNull == true && event["eventName"]?.text == "DescribeTrails")
        #expect(try #require(bench.records.content.last).utf8.count < 4_096)
    }
}

extension String {
    fileprivate var padding: String { self + String(repeating: "x", count: 20) }
}
