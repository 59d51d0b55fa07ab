import CairnAPI
import CairnCatalog
import CairnFormat
import CairnNative
import Foundation
import Testing

@Suite("Events from outside come through channels (reference 10.8, 10.9, 10.13)")
struct ChannelTests {
    static let log =
        #"[{"Type":"EVENT_DATA_STORE","Location":"arn:aws:cloudtrail:us-east-2:111122223333:eventdatastore/log"}]"#

    static func event(_ change: [String: Any?] = [:]) -> String {
        var event: [String: Any] = [
            "version": "1.0", "userIdentity": ["type": "CustomUser", "principalId": "u-17"],
            "eventSource": "app.example.com", "eventName": "OrderDeleted", "eventTime": "2026-03-01T10:15:00Z",
            "UID": "9f1c", "recipientAccountId": "111122223333",
        ]
        for (name, value) in change { event[name] = value }
        let data = try! JSONSerialization.data(withJSONObject: event, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    static func body(_ events: [(id: String, data: String, checksum: String?)]) -> String {
        let list = events.map { event in
            "{\"id\":\"\(event.id)\",\"eventData\":\(JSONText.quoted(event.data))"
                + (event.checksum.map { ",\"eventDataChecksum\":\"\($0)\"" } ?? "") + "}"
        }
        return "{\"auditEvents\":[\(list.joined(separator: ","))]}"
    }

    /// Puts events through the account's default channel, unless another is named.
    static func put(
        _ bench: Bench, _ events: [(id: String, data: String, checksum: String?)], channel: String? = nil,
        account: AccountID = Bench.own, externalID: String? = nil
    ) async throws -> CloudTrailService.Answer {
        let arn: String
        if let channel { arn = channel } else { arn = try await defaultChannel(bench) }
        return await bench.ask(
            "PutAuditEvents", body(events), of: .data,
            [("channelArn", arn)] + (externalID.map { [("externalId", $0)] } ?? []), account: account, role: .producer)
    }

    static func defaultChannel(_ bench: Bench) async throws -> String {
        let list = try await bench.get("ListChannels")["Channels"]?.list ?? []
        return try #require(list.first { $0["Name"]?.text == "default" }?["ChannelArn"]?.text)
    }

    @Test("every account has a channel, and can make more, one a source")
    func channels() async throws {
        let bench = try await Bench()
        let standard = try await Self.defaultChannel(bench)
        let got = try await bench.get("GetChannel", #"{"Channel":"\#(standard)"}"#)
        #expect(got["Source"]?.text == "Custom" && got["Destinations"]?.json == Self.log)
        let made = try await bench.get(
            "CreateChannel",
            #"{"Name":"github","Source":"GitHub","Destinations":\#(Self.log),"Tags":[{"Key":"a","Value":"b"}]}"#)
        let arn = try #require(made["ChannelArn"]?.text)
        let id = try #require(arn.split(separator: "/").last.map(String.init))
        #expect(try await bench.get("GetChannel", #"{"Channel":"\#(id)"}"#)["Name"]?.text == "github")
        #expect(try await bench.get("ListTags", #"{"ResourceIdList":["\#(arn)"]}"#).json.contains(#""Key":"a""#))
        for (body, code) in [
            (#"{"Name":"github","Source":"Snyk","Destinations":\#(Self.log)}"#, "ChannelAlreadyExistsException"),
            (#"{"Name":"other","Source":"GitHub","Destinations":\#(Self.log)}"#, "ChannelAlreadyExistsException"),
            (#"{"Name":"default","Source":"Snyk","Destinations":\#(Self.log)}"#, "ChannelAlreadyExistsException"),
            (#"{"Name":"other","Source":"Nobody","Destinations":\#(Self.log)}"#, "InvalidSourceException"),
            (
                #"{"Name":"other","Source":"Snyk","Destinations":[{"Type":"EVENT_DATA_STORE","Location":"arn:aws:cloudtrail:us-east-2:111122223333:eventdatastore/x"}]}"#,
                "EventDataStoreNotFoundException"
            ),
            (
                #"{"Name":"other","Source":"Snyk","Destinations":[{"Type":"EVENT_DATA_STORE","Location":"arn:aws:s3:::x"}]}"#,
                "EventDataStoreARNInvalidException"
            ),
            (
                #"{"Name":"other","Source":"Snyk","Destinations":[{"Type":"AWS_SERVICE","Location":"ssm"}]}"#,
                "OperationNotPermittedException"
            ),
        ] {
            #expect(await bench.code("CreateChannel", body) == code, "\(body)")
        }
        let renamed = try await bench.get("UpdateChannel", #"{"Channel":"\#(arn)","Name":"hub"}"#)
        #expect(renamed["Name"]?.text == "hub" && renamed["Source"]?.text == "GitHub")
        #expect(
            await bench.code("UpdateChannel", #"{"Channel":"\#(standard)","Name":"x-y"}"#)
                == "OperationNotPermittedException")
        #expect(await bench.code("DeleteChannel", #"{"Channel":"\#(standard)"}"#) == "OperationNotPermittedException")
        _ = try await bench.get("DeleteChannel", #"{"Channel":"\#(arn)"}"#)
        #expect(await bench.code("GetChannel", #"{"Channel":"\#(arn)"}"#) == "ChannelNotFoundException")
        #expect(
            await bench.code("GetChannel", #"{"Channel":"arn:aws:cloudtrail:us-east-2:111122223333:trail/x"}"#)
                == "ChannelARNInvalidException")
        #expect(
            await bench.code("GetChannel", #"{"Channel":"\#(standard)"}"#, account: Bench.other)
                == "ChannelARNInvalidException")
    }

    @Test("at most 25 channels a Region: one for each source there is")
    func limit() async throws {
        let bench = try await Bench()
        for source in Channel.sources {
            _ = try await bench.get(
                "CreateChannel", #"{"Name":"for-\#(source)","Source":"\#(source)","Destinations":\#(Self.log)}"#)
        }
        #expect(try await bench.get("ListChannels")["Channels"]?.list?.count == Channel.sources.count + 1)
    }

    @Test("an event is taken as it came, with what every record has")
    func record() async throws {
        let bench = try await Bench()
        let arn = try await Self.defaultChannel(bench)
        let data = Self.event(["requestParameters": ["order": 17], "eventTime": "2026-03-01T10:15:00"])
        let checksum = Data(SHA256.hash(Array(data.utf8)).array).base64EncodedString()
        let answer = try await Self.put(bench, [("evt-1", data, checksum)]).get()
        let id = try #require(answer["successful"]?.list?.first?["eventID"]?.text)
        #expect(answer["failed"]?.json == "[]" && answer["successful"]?.list?.first?["id"]?.text == "evt-1")
        let taken = try StrictJSON.parse(Array(try #require(bench.taken.content.first).utf8))
        #expect(taken["eventID"]?.text == id && taken["UID"]?.text == "9f1c" && taken["version"]?.text == "1.0")
        #expect(taken["eventTime"]?.text == "2026-03-01T10:15:00Z" && taken["awsRegion"]?.text == "us-east-2")
        #expect(taken["requestParameters"]?.json == #"{"order":17}"#)
        #expect(taken["metadata"]?.json == #"{"channelARN":"\#(arn)"}"#)
        // Sent again it is the same event; another text is another.
        let again = try await Self.put(bench, [("evt-1", data, nil)]).get()
        #expect(again["successful"]?.list?.first?["eventID"]?.text == id)
        let other = try await Self.put(bench, [("evt-1", Self.event(["UID": "x"]), nil)]).get()
        #expect(other["successful"]?.list?.first?["eventID"]?.text != id)
        // The call is a data event, without the events themselves.
        let call = try StrictJSON.parse(Array(try #require(bench.records.content.last).utf8))
        #expect(call["eventSource"]?.text == "cloudtrail-data.cairn" && call["eventCategory"]?.text == "Data")
        #expect(call["requestParameters"]?.json == #"{"channelArn":"\#(arn)"}"#)
        #expect(call["resources"]?.list?.first?["type"]?.text == "AWS::CloudTrail::Channel")
        let status = try await bench.get("GetChannel", #"{"Channel":"\#(arn)"}"#)["IngestionStatus"]
        #expect(status?["LatestIngestionSuccessEventID"]?.text == id)
    }

    static let longText = String(repeating: "x", count: 1_025)
    static let bad: [(change: [String: any Sendable], code: String)] = [
        (["version": NSNull()], "FieldNotFound"), (["UID": NSNull()], "FieldNotFound"),
        (["eventName": ""], "FieldNotFound"), (["eventSource": 7], "InvalidData"),
        (["userIdentity": "me"], "InvalidData"), (["userIdentity": ["type": "x"]], "FieldNotFound"),
        (["userIdentity": ["type": "x", "principalId": longText]], "FieldTooLong"),
        (["eventTime": "yesterday"], "InvalidData"), (["eventTime": "2026-02-30T00:00:00Z"], "InvalidData"),
        (["sourceIPAddress": "not an address"], "InvalidData"), (["userAgent": longText], "FieldTooLong"),
        (["recipientAccountId": "444455556666"], "InvalidRecipient"), (["requestParameters": "x"], "InvalidData"),
        (["additionalEventData": ["x": String(repeating: "x", count: 29_000)]], "FieldTooLong"),
        (["eventID": "mine"], "InvalidData"), (["eventSource": "refuse.me"], "InvalidEventSource"),
    ]

    @Test("an event that is refused is refused alone, with its code", arguments: bad.indices)
    func failures(_ i: Int) async throws {
        let bench = try await Bench()
        let change = Self.bad[i].change.mapValues { $0 as Any? }
        let answer = try await Self.put(
            bench, [("good", Self.event(), nil), ("bad", Self.event(change), nil)]
        ).get()
        #expect(answer["successful"]?.list?.compactMap { $0["id"]?.text } == ["good"])
        let failed = try #require(answer["failed"]?.list?.first)
        #expect(failed["id"]?.text == "bad" && failed["errorCode"]?.text == Self.bad[i].code, "\(failed.json)")
    }

    @Test("texts that are no JSON, and checksums of others")
    func texts() async throws {
        let bench = try await Bench()
        let answer = try await Self.put(
            bench,
            [
                ("a", "{", nil), ("b", "[]", nil), ("c", #"{"version":"1","version":"2"}"#, nil),
                ("d", Self.event(), "AAAA"),
            ]
        ).get()
        #expect(
            answer["failed"]?.list?.compactMap { $0["errorCode"]?.text } == [
                "InvalidData", "InvalidData", "InvalidData", "InvalidChecksum",
            ])
        #expect(bench.taken.content.isEmpty)
    }

    @Test("whole requests that are refused")
    func requests() async throws {
        let bench = try await Bench()
        func code(_ answer: CloudTrailService.Answer) -> String? {
            if case .failure(let error) = answer { error.code } else { nil }
        }
        let event = Self.event()
        #expect(code(try await Self.put(bench, [("a", event, nil), ("a", event, nil)])) == "DuplicatedAuditEventId")
        #expect(code(try await Self.put(bench, [])) == "ValidationException")
        #expect(code(try await Self.put(bench, (0...100).map { ("e\($0)", event, nil) })) == "ValidationException")
        #expect(code(try await Self.put(bench, [("a b", event, nil)])) == "ValidationException")
        #expect(code(try await Self.put(bench, [("a", event, nil)], channel: "arn:aws:s3:::x")) == "InvalidChannelARN")
        #expect(code(try await Self.put(bench, [("a", event, nil)], channel: "nonsense")) == "InvalidChannelARN")
        let missing = "arn:aws:cloudtrail:us-east-2:111122223333:channel/01234567-0123-0123-0123-0123456789ab"
        #expect(code(try await Self.put(bench, [("a", event, nil)], channel: missing)) == "ChannelNotFound")
        let denied = await bench.ask(
            "PutAuditEvents", Self.body([("a", event, nil)]), of: .data,
            [("channelArn", try await Self.defaultChannel(bench))], role: .auditor)
        #expect(code(denied) == "AccessDeniedException")
        let twice = await bench.ask(
            "PutAuditEvents", Self.body([("a", event, nil)]), of: .data, [("channelArn", missing), ("channelArn", "x")])
        #expect(code(twice) == "SerializationException")
    }

    @Test("another account sends only where a policy lets it, with the external id that it names")
    func policies() async throws {
        let bench = try await Bench()
        let arn = try await Self.defaultChannel(bench)
        let event = [(id: "a", data: Self.event(), checksum: String?.none)]
        func code(_ answer: CloudTrailService.Answer) -> String? {
            if case .failure(let error) = answer { error.code } else { nil }
        }
        #expect(
            code(try await Self.put(bench, event, channel: arn, account: Bench.other))
                == "ChannelInsufficientPermission")
        func policy(_ effect: String = "Allow", _ principal: String = #"{"AWS":["444455556666"]}"#, _ more: String = "")
            -> String
        {
            #"{"Version":"2012-10-17","Statement":[{"Effect":"\#(effect)","Principal":\#(principal),"Action":"cloudtrail-data:PutAuditEvents","Resource":"\#(arn)"\#(more)}]}"#
        }
        func put(_ text: String) async throws -> String? {
            await bench.code(
                "PutResourcePolicy", #"{"ResourceArn":"\#(arn)","ResourcePolicy":\#(JSONText.quoted(text))}"#)
        }
        #expect(
            await bench.code("GetResourcePolicy", #"{"ResourceArn":"\#(arn)"}"#) == "ResourcePolicyNotFoundException")
        #expect(
            try await put(
                policy(
                    "Allow", #"{"AWS":"444455556666"}"#,
                    #","Condition":{"StringEquals":{"cloudtrail:ExternalId":"uniq-42"}}"#)) == nil)
        #expect(
            code(try await Self.put(bench, event, channel: arn, account: Bench.other))
                == "ChannelInsufficientPermission")
        #expect(
            code(try await Self.put(bench, event, channel: arn, account: Bench.other, externalID: "uniq-42")) == nil)
        #expect(
            code(try await Self.put(bench, event, channel: arn, account: Bench.third, externalID: "uniq-42"))
                == "ChannelInsufficientPermission")
        // One user of an account is not the others of it.
        let user = "arn:aws:iam::444455556666:user/"
        #expect(try await put(policy("Allow", #"{"AWS":"\#(user)bob"}"#)) == nil)
        #expect(
            code(try await Self.put(bench, event, channel: arn, account: Bench.other))
                == "ChannelInsufficientPermission")
        #expect(try await put(policy("Allow", #"{"AWS":"\#(user)mary"}"#)) == nil)
        #expect(code(try await Self.put(bench, event, channel: arn, account: Bench.other)) == nil)
        #expect(try await put(policy("Deny", #""*""#)) == nil)
        #expect(code(try await Self.put(bench, event)) == "ChannelInsufficientPermission")
        for text in [
            "{", "[]", "{}", policy("Maybe"), policy("Allow", "[]"), policy("Allow", #"{"AWS":"bob"}"#),
            policy("Allow", #""*""#, #","Condition":{"Bool":{"a":"b"}}"#),
            policy("Allow", #""*""#, #","NotAction":"x""#),
            policy().replacingOccurrences(of: "PutAuditEvents", with: "*"),
            policy().replacingOccurrences(of: arn, with: "*"),
        ] {
            #expect(try await put(text) == "ResourcePolicyNotValidException", "\(text)")
        }
        _ = try await bench.get("DeleteResourcePolicy", #"{"ResourceArn":"\#(arn)"}"#)
        #expect(code(try await Self.put(bench, event)) == nil)
        #expect(
            await bench.code("GetResourcePolicy", #"{"ResourceArn":"arn:aws:s3:::x"}"#)
                == "ResourceARNNotValidException")
        #expect(
            await bench.code(
                "GetResourcePolicy", #"{"ResourceArn":"arn:aws:cloudtrail:us-east-2:111122223333:trail/x"}"#)
                == "ResourceTypeNotSupportedException")
    }
}
