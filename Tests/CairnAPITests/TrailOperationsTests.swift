import CairnAPI
import CairnCatalog
import CairnFormat
import CairnTrails
import Testing

@Suite("Trails through the API (reference 6)")
struct TrailOperationsTests {
    static let arn = "arn:aws:cloudtrail:us-east-2:111122223333:trail/main-trail"
    static let named = #"{"Name":"main-trail"}"#

    @Test("a trail has CloudTrail's defaults, and does not log until it is started")
    func defaults() async throws {
        let bench = try await Bench()
        let made = try await bench.trail("main-trail")
        #expect(
            made.json
                == #"{"Name":"main-trail","S3BucketName":"cairn-logs","IncludeGlobalServiceEvents":true,"#
                + #""IsMultiRegionTrail":false,"TrailARN":"\#(Self.arn)","LogFileValidationEnabled":false,"#
                + #""IsOrganizationTrail":false}"#)
        #expect(try await bench.get("GetTrailStatus", Self.named)["IsLogging"] == .bool(false))
        #expect(bench.awaited.content == [2], "the answer comes once the change is in force")
    }

    @Test("what was put is what is got")
    func roundTrip() async throws {
        let bench = try await Bench()
        let group = "arn:aws:logs:us-east-2:111122223333:log-group:trail-logs:*"
        let role = "arn:aws:iam::111122223333:role/logs"
        let topic = "arn:aws:sns:us-east-2:111122223333:cairn-deliveries"
        try await bench.catalog.allow(.logGroup, group, for: nil)
        try await bench.trail(
            "main-trail",
            #","S3KeyPrefix":"prod/audit","SnsTopicName":"\#(topic)","IsMultiRegionTrail":true,"EnableLogFileValidation":true,"#
                + #""CloudWatchLogsLogGroupArn":"\#(group)","CloudWatchLogsRoleArn":"\#(role)","KmsKeyId":"alias/cairn","#
                + #""TagsList":[{"Key":"team","Value":"audit"}]"#)
        let trail = try #require(try await bench.get("GetTrail", Self.named)["Trail"])
        #expect(
            trail.json
                == #"{"Name":"main-trail","S3BucketName":"cairn-logs","S3KeyPrefix":"prod/audit","SnsTopicName":"\#(topic)","#
                + #""SnsTopicARN":"\#(topic)","IncludeGlobalServiceEvents":true,"IsMultiRegionTrail":true,"TrailARN":"\#(Self.arn)","#
                + #""LogFileValidationEnabled":true,"CloudWatchLogsLogGroupArn":"\#(group)","CloudWatchLogsRoleArn":"\#(role)","#
                + #""KmsKeyId":"\#(Bench.key)","IsOrganizationTrail":false,"HomeRegion":"us-east-2","HasCustomEventSelectors":false,"#
                + #""HasInsightSelectors":false}"#)
        let tags = try await bench.get("ListTags", #"{"ResourceIdList":["\#(Self.arn)"]}"#)
        #expect(
            tags.json
                == #"{"ResourceTagList":[{"ResourceId":"\#(Self.arn)","TagsList":[{"Key":"team","Value":"audit"}]}]}"#)
    }

    @Test("an update leaves what it does not name, and an empty text clears")
    func update() async throws {
        let bench = try await Bench()
        try await bench.trail(
            "main-trail", #","S3KeyPrefix":"prod","SnsTopicName":"cairn-deliveries","KmsKeyId":"alias/cairn""#)
        let same = try await bench.get("UpdateTrail", #"{"Name":"main-trail","EnableLogFileValidation":true}"#)
        #expect(same["S3KeyPrefix"]?.text == "prod" && same["LogFileValidationEnabled"] == .bool(true))
        #expect(same["SnsTopicName"]?.text == "cairn-deliveries")
        #expect(same["SnsTopicARN"]?.text == "arn:aws:sns:us-east-2:111122223333:cairn-deliveries")
        let cleared = try await bench.get(
            "UpdateTrail", #"{"Name":"\#(Self.arn)","S3KeyPrefix":"","SnsTopicName":"","KmsKeyId":""}"#)
        for member in ["S3KeyPrefix", "SnsTopicName", "SnsTopicARN", "KmsKeyId"] { #expect(cleared[member] == nil) }
        #expect(cleared["LogFileValidationEnabled"] == .bool(true))
    }

    @Test("single-Region to multi-Region and back (reference 6.3)")
    func conversion() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail", #","IncludeGlobalServiceEvents":false"#)
        let all = try await bench.get("UpdateTrail", #"{"Name":"main-trail","IsMultiRegionTrail":true}"#)
        #expect(all["IncludeGlobalServiceEvents"] == .bool(true))
        let one = try await bench.get("UpdateTrail", #"{"Name":"main-trail","IsMultiRegionTrail":false}"#)
        #expect(one["IncludeGlobalServiceEvents"] == .bool(false))
        #expect(
            await bench.code(
                "UpdateTrail", #"{"Name":"main-trail","IsMultiRegionTrail":true,"IncludeGlobalServiceEvents":false}"#)
                == "InvalidParameterCombinationException")
    }

    @Test("a multi-Region trail is seen in each Region of its partition, and changed at home alone")
    func shadows() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail", #","IsMultiRegionTrail":true"#)
        try await bench.trail("local", region: Bench.ireland)
        func names(_ region: Region, _ body: String = "{}") async throws -> [String] {
            let list = try await bench.get("DescribeTrails", body, region: region)["trailList"]?.list ?? []
            return list.compactMap { $0["Name"]?.text }
        }
        #expect(try await names(Bench.ohio) == ["main-trail"])
        #expect(try await names(Bench.ireland) == ["local", "main-trail"])
        #expect(try await names(Bench.beijing) == [])
        #expect(try await names(Bench.ireland, #"{"includeShadowTrails":false}"#) == ["local"])
        // By name what is here; by ARN from anywhere; what there is not is left out.
        #expect(try await names(Bench.ohio, #"{"trailNameList":["local","nothing"]}"#) == [])
        let local = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/local"
        #expect(try await names(Bench.ohio, #"{"trailNameList":["\#(local)","main-trail","main-trail"]}"#).count == 2)
        #expect(
            try await bench.get("GetTrail", Self.named, region: Bench.ireland)["Trail"]?["TrailARN"]?.text == Self.arn)
        #expect(await bench.code("GetTrail", #"{"Name":"local"}"#) == "TrailNotFoundException")
        for operation in ["UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"] {
            #expect(await bench.code(operation, Self.named, region: Bench.ireland) == "InvalidHomeRegionException")
        }
        let selectors = #"{"TrailName":"main-trail","EventSelectors":[{}]}"#
        #expect(await bench.code("PutEventSelectors", selectors, region: Bench.ireland) == "InvalidHomeRegionException")
        #expect(
            await bench.code(
                "AddTags", #"{"ResourceId":"\#(Self.arn)","TagsList":[]}"#, region: Bench.ireland)
                == "InvalidHomeRegionException")
        // Each Region has a status of its own.
        #expect(try await bench.get("GetTrailStatus", Self.named)["LatestDeliveryError"] == nil)
        #expect(
            try await bench.get("GetTrailStatus", Self.named, region: Bench.ireland)["LatestDeliveryError"]?.text
                == "AccessDenied")
        // A name is taken wherever its trail is.
        #expect(
            await bench.code(
                "CreateTrail", #"{"Name":"main-trail","S3BucketName":"cairn-logs"}"#, region: Bench.ireland)
                == "TrailAlreadyExistsException")
        #expect(
            await bench.code(
                "CreateTrail", #"{"Name":"local","S3BucketName":"cairn-logs","IsMultiRegionTrail":true}"#)
                == "TrailAlreadyExistsException")
    }

    @Test("five trails a Region, multi-Region trails counting in each")
    func count() async throws {
        let bench = try await Bench()
        try await bench.trail("all-a", #","IsMultiRegionTrail":true"#)
        try await bench.trail("all-b", #","IsMultiRegionTrail":true"#, region: Bench.ireland)
        for name in ["one", "two", "three"] { try await bench.trail(name) }
        let fourth = #"{"Name":"four","S3BucketName":"cairn-logs"}"#
        #expect(
            await bench.ask("CreateTrail", fourth)
                == .failure(
                    APIError(
                        400, "MaximumNumberOfTrailsExceededException",
                        "User: 111122223333 already has 5 trails in us-east-2.")))
        // There is room elsewhere, but not for one that would be here, too.
        let made = try await bench.trail("four", region: Bench.ireland)
        #expect(made["TrailARN"]?.text == "arn:aws:cloudtrail:eu-west-1:111122223333:trail/four")
        #expect(
            await bench.code(
                "UpdateTrail", #"{"Name":"four","IsMultiRegionTrail":true}"#, region: Bench.ireland)
                == "MaximumNumberOfTrailsExceededException")
        try await bench.trail("four", account: Bench.other)
    }

    @Test("starting and stopping are the same twice; what is deleted is gone, with its tags")
    func life() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail", #","TagsList":[{"Key":"a"}]"#)
        for _ in 0..<2 { #expect(try await bench.get("StartLogging", #"{"Name":"\#(Self.arn)"}"#).json == "{}") }
        let status = try await bench.get("GetTrailStatus", Self.named)
        #expect(status["IsLogging"] == .bool(true) && status["StartLoggingTime"]?.json == "1772360100")
        #expect(status["TimeLoggingStarted"]?.text == "2026-03-01T10:15:00Z")
        #expect(status["TimeLoggingStopped"]?.text == "")
        for _ in 0..<2 { _ = try await bench.get("StopLogging", Self.named) }
        _ = try await bench.get("DeleteTrail", Self.named)
        #expect(await bench.code("GetTrail", Self.named) == "TrailNotFoundException")
        #expect(await bench.code("ListTags", #"{"ResourceIdList":["\#(Self.arn)"]}"#) == "ResourceNotFoundException")
        try await bench.trail("main-trail")
        #expect(
            try await bench.get("ListTags", #"{"ResourceIdList":["\#(Self.arn)"]}"#).json.hasSuffix(
                #""TagsList":[]}]}"#))
    }

    @Test(
        "every error of the settings has its code",
        arguments: [
            (#"{"Name":"ab","S3BucketName":"cairn-logs"}"#, "InvalidTrailNameException"),
            (#"{"Name":"192.168.5.4","S3BucketName":"cairn-logs"}"#, "InvalidTrailNameException"),
            (#"{"Name":"a..b","S3BucketName":"cairn-logs"}"#, "InvalidTrailNameException"),
            (#"{"Name":"main-trail","S3BucketName":"Cairn_Logs"}"#, "InvalidS3BucketNameException"),
            (#"{"Name":"main-trail","S3BucketName":"nobodys"}"#, "S3BucketDoesNotExistException"),
            (#"{"Name":"main-trail","S3BucketName":"theirs"}"#, "InsufficientS3BucketPolicyException"),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","S3KeyPrefix":"a/AWSLogs/b"}"#,
                "InvalidS3PrefixException"
            ),
            (#"{"Name":"main-trail","S3BucketName":"cairn-logs","S3KeyPrefix":"a/../b"}"#, "InvalidS3PrefixException"),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","SnsTopicName":"a b"}"#,
                "InvalidSnsTopicNameException"
            ),
            (#"{"Name":"main-trail","S3BucketName":"Bad","SnsTopicName":"a.fifo"}"#, "InvalidSnsTopicNameException"),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","SnsTopicName":"nobodys"}"#,
                "InsufficientSnsTopicPolicyException"
            ),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","KmsKeyId":"alias/none"}"#,
                "InsufficientEncryptionPolicyException"
            ),
            (#"{"Name":"main-trail","S3BucketName":"cairn-logs","KmsKeyId":"a key"}"#, "KmsKeyNotFoundException"),
            (#"{"Name":"main-trail","S3BucketName":"cairn-logs","KmsKeyId":"alias/off"}"#, "KmsException"),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","CloudWatchLogsLogGroupArn":"arn:aws:logs:us-east-2:111122223333:log-group:g:*"}"#,
                "InvalidCloudWatchLogsRoleArnException"
            ),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","CloudWatchLogsRoleArn":"arn:aws:iam::111122223333:role/r"}"#,
                "InvalidCloudWatchLogsLogGroupArnException"
            ),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","IsMultiRegionTrail":true,"IncludeGlobalServiceEvents":false}"#,
                "InvalidParameterCombinationException"
            ),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","IsOrganizationTrail":true}"#,
                "OrganizationsNotInUseException"
            ),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","TagsList":[{"Key":"aws:x"}]}"#,
                "InvalidTagParameterException"
            ),
            (
                #"{"Name":"main-trail","S3BucketName":"cairn-logs","TagsList":[{"Key":"x"},{"Key":"x"}]}"#,
                "InvalidTagParameterException"
            ),
        ])
    func errors(_ body: String, _ expected: String) async throws {
        let bench = try await Bench()
        try await bench.catalog.allow(.bucket, "theirs", for: [Bench.other])
        let answer = await bench.ask("CreateTrail", body)
        guard case .failure(let error) = answer else {
            Issue.record("made: \(answer)")
            return
        }
        #expect(error.code == expected, "\(error)")
        #expect(try await bench.catalog.routing()?.trails.isEmpty == true)
    }

    @Test("ARNs and names that are none")
    func references() async throws {
        let bench = try await Bench()
        for (text, code) in [
            ("arn:aws:cloudtrail:us-east-2:111122223333:trial/x", "CloudTrailARNInvalidException"),
            ("arn:aws:s3:::bucket", "CloudTrailARNInvalidException"),
            ("arn:aws:cloudtrail:us-east-2:1111:trail/main-trail", "CloudTrailARNInvalidException"),
            ("arn:aws-cn:cloudtrail:us-east-2:111122223333:trail/main-trail", "CloudTrailARNInvalidException"),
            ("a", "InvalidTrailNameException"), ("", "InvalidTrailNameException"),
            ("nothing", "TrailNotFoundException"), (Self.arn, "TrailNotFoundException"),
        ] {
            for operation in [
                "GetTrail", "GetTrailStatus", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging",
            ] {
                #expect(await bench.code(operation, #"{"Name":"\#(text)"}"#) == code, "\(operation) \(text)")
            }
            let list = await bench.code("DescribeTrails", #"{"trailNameList":["\#(text)"]}"#)
            #expect(list == (code == "TrailNotFoundException" ? nil : code))
        }
    }

    @Test("other accounts see nothing")
    func accounts() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail", #","IsMultiRegionTrail":true"#)
        for name in ["main-trail", Self.arn] {
            for operation in ["GetTrail", "GetTrailStatus", "DeleteTrail", "StopLogging", "UpdateTrail"] {
                #expect(
                    await bench.code(operation, #"{"Name":"\#(name)"}"#, account: Bench.other)
                        == "TrailNotFoundException")
            }
        }
        #expect(try await bench.get("ListTrails", account: Bench.other).json == #"{"Trails":[]}"#)
        #expect(
            await bench.code("ListTags", #"{"ResourceIdList":["\#(Self.arn)"]}"#, account: Bench.other)
                == "ResourceNotFoundException")
    }

    @Test("a principal that is bound to trails sees and changes no others")
    func boundPrincipals() async throws {
        let bench = try await Bench()
        try await bench.trail("mine")
        try await bench.trail("yours")
        let list = try await bench.get("DescribeTrails", trails: ["mine"])
        #expect(list["trailList"]?.list?.compactMap { $0["Name"]?.text } == ["mine"])
        #expect(await bench.code("StopLogging", #"{"Name":"yours"}"#, trails: ["mine"]) == "TrailNotFoundException")
        _ = try await bench.get("StopLogging", #"{"Name":"mine"}"#, trails: ["mine"])
        #expect(await bench.code("DeleteChannel", #"{"Channel":"x-y"}"#, trails: ["mine"]) == "AccessDeniedException")
        #expect(
            await bench.code("CreateTrail", #"{"Name":"third","S3BucketName":"cairn-logs"}"#, trails: ["mine"])
                == "AccessDeniedException")
    }

    @Test("what is granted to one account is no other's, and what a trail has it keeps")
    func grants() async throws {
        let bench = try await Bench()
        try await bench.catalog.allow(.bucket, "ours", for: [Bench.own])
        _ = try await bench.get("CreateTrail", #"{"Name":"main-trail","S3BucketName":"ours"}"#)
        #expect(
            await bench.code("CreateTrail", #"{"Name":"theirs","S3BucketName":"ours"}"#, account: Bench.other)
                == "InsufficientS3BucketPolicyException")
        try await bench.catalog.revoke(.bucket, "ours", for: [Bench.own])
        // The trail goes on, and may be changed; no other trail gets there.
        _ = try await bench.get(
            "UpdateTrail", #"{"Name":"main-trail","S3BucketName":"ours","EnableLogFileValidation":true}"#)
        #expect(
            await bench.code("CreateTrail", #"{"Name":"second","S3BucketName":"ours"}"#)
                == "InsufficientS3BucketPolicyException")
        // A key that is somebody else's is like none at all, whatever its state.
        try await bench.catalog.revoke(.key, Bench.key.description, for: nil)
        for key in ["alias/cairn", "alias/off", "alias/none"] {
            let answer = await bench.ask(
                "CreateTrail", #"{"Name":"theirs","S3BucketName":"cairn-logs","KmsKeyId":"\#(key)"}"#,
                account: Bench.other)
            #expect(
                answer
                    == .failure(
                        APIError(
                            400, "InsufficientEncryptionPolicyException",
                            "Insufficient permissions to access the KMS key \(key).")))
        }
    }

    @Test("a log group is in the trail's Region and the caller's account")
    func logGroups() async throws {
        let bench = try await Bench()
        for (group, code) in [
            ("arn:aws:logs:eu-west-1:111122223333:log-group:g:*", "InvalidCloudWatchLogsLogGroupArnException"),
            ("arn:aws:logs:us-east-2:444455556666:log-group:g:*", "InvalidCloudWatchLogsLogGroupArnException"),
            ("arn:aws:logs:us-east-2:111122223333:log-group:g:*", "InvalidCloudWatchLogsRoleArnException"),
        ] {
            let more =
                #","CloudWatchLogsLogGroupArn":"\#(group)","CloudWatchLogsRoleArn":"arn:aws:iam::111122223333:role/r""#
            if group.contains("us-east-2:444") || group.contains("eu-west") {
                try await bench.catalog.allow(.logGroup, group, for: nil)
            }
            #expect(
                await bench.code("CreateTrail", #"{"Name":"main-trail","S3BucketName":"cairn-logs"\#(more)}"#) == code)
        }
    }

    @Test("members that an operation does not know do nothing, whatever they say")
    func unknownMembers() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail")
        for count in ["-1", "0", "1"] {
            let list = try await bench.get("ListTrails", #"{"MaxResults":\#(count)}"#)
            #expect(list["Trails"]?.list?.count == 1)
        }
    }

    @Test("the selectors of an account's trails may take a quarter of a megabyte together")
    func selectorBytes() async throws {
        let bench = try await Bench()
        try await bench.trail("main-trail")
        let values = (0..<490).map { "\"arn:aws:s3:::b\($0)/\(String(repeating: "x", count: 1_000))\"" }.joined(
            separator: ",")
        let body =
            #"{"TrailName":"main-trail","AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},"#
            + #"{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":[\#(values)]}]}]}"#
        #expect(await bench.code("PutEventSelectors", body) == "InvalidEventSelectorsException")
    }

    @Test("lists go on by tokens that nobody can make, for nobody else")
    func pages() async throws {
        let bench = try await Bench()
        // Trails of 201 Regions would be needed for a second page: the token of channels shows the same.
        for (i, source) in ["GitHub", "Snyk", "Clumio"].enumerated() {
            _ = try await bench.get(
                "CreateChannel",
                #"{"Name":"channel-\#(i)","Source":"\#(source)","Destinations":[{"Type":"EVENT_DATA_STORE","Location":"arn:aws:cloudtrail:us-east-2:111122223333:eventdatastore/log"}]}"#
            )
        }
        var seen: [String] = []
        var token: String?
        var first: String?
        repeat {
            let more = token.map { #","NextToken":"\#($0)""# } ?? ""
            let page = try await bench.get("ListChannels", #"{"MaxResults":1\#(more)}"#)
            seen += (page["Channels"]?.list ?? []).compactMap { $0["Name"]?.text }
            token = page["NextToken"]?.text
            first = first ?? token
        } while token != nil
        #expect(seen.sorted() == ["channel-0", "channel-1", "channel-2", "default"])
        let one = try #require(first)
        #expect(await bench.code("ListTrails", #"{"NextToken":"\#(one)"}"#) == "InvalidNextTokenException")
        #expect(
            await bench.code("ListChannels", #"{"NextToken":"\#(one)"}"#, account: Bench.other)
                == "InvalidNextTokenException")
        #expect(
            await bench.code("ListChannels", #"{"NextToken":"\#(one)"}"#, region: Bench.ireland)
                == "InvalidNextTokenException")
        for made in ["AAAA", "bm90aGluZw==", "x\(one)", String(one.dropLast(4))] {
            #expect(await bench.code("ListChannels", #"{"NextToken":"\#(made)"}"#) == "InvalidNextTokenException")
        }
    }
}
