import CairnFormat
import CairnNative
import FoundationEssentials
import Testing

@Suite("An event is read as it came, filled, or refused with its reason")
struct EventReaderTests {
    static let now = EventTime(iso8601: "2026-03-02T00:00:00Z".utf8)!
    static let good =
        #"{"eventTime":"2026-03-01T10:12:44Z","eventSource":"a.example.com","eventName":"PutX","eventID":"1","#
        + #""recipientAccountId":"111122223333","awsRegion":"us-east-1"}"#

    static func rules() -> IntakeRules {
        let accounts = ["111122223333", "444455556666"].compactMap { try? AccountID($0) }
        return IntakeRules(
            principal: "p", accounts: nil, knownAccounts: Set(accounts), knownRegions: Set(Region.standard),
            defaultRegion: .usEast1)
    }

    static func rules(_ change: (inout IntakeRules) -> Void) -> IntakeRules {
        var rules = rules()
        change(&rules)
        return rules
    }

    /// The event as it would be written down, and what is kept of it.
    static func read(
        _ text: String, _ rules: IntakeRules = rules()
    ) throws(EventRefusal) -> (text: String, event: AcceptedEvent) {
        let bytes = Array(text.utf8)
        let buffer = bytes + [UInt8](repeating: 0, count: JSONReader.padding)
        let event = try EventReader().read(
            buffer, 0..<bytes.count, rules: rules, now: now, makeID: { [UInt8](repeating: 0xAB, count: 16) })
        let written = Array(bytes[event.range.lowerBound..<event.range.upperBound - 1]) + event.ending
        #expect(written.count == event.byteCount)
        return (String(decoding: written, as: UTF8.self), event)
    }

    static func replacing(_ field: String, _ value: String?) -> String {
        var fields = good.dropFirst().dropLast().split(separator: ",").map(String.init)
        fields.removeAll { $0.hasPrefix("\"\(field)\"") }
        if let value { fields.append("\"\(field)\":\(value)") }
        return "{" + fields.joined(separator: ",") + "}"
    }

    @Test("a whole record keeps every byte")
    func untouched() throws {
        let whole =
            Self.good.dropLast()
            + #","eventVersion":"1.08","eventType":"AwsApiCall","eventCategory":"Management","managementEvent":true,"#
            + #""readOnly":false , "n":1.0e+2,"u":"\u00e9" }"#
        #expect(try Self.read(" \n\(whole)\r\n").text == whole)
    }

    @Test("what is missing is appended, by CloudTrail's rules")
    func filled() throws {
        let read = try Self.read(Self.replacing("eventID", nil))
        #expect(
            read.text.hasSuffix(
                #","eventCategory":"Management","eventType":"AwsApiCall","readOnly":false,"managementEvent":true,"#
                    + #""eventVersion":"1.11","eventID":"abababab-abab-4bab-abab-abababababab"}"#))
        #expect(read.event.outline.hasMadeUpID)
        #expect(read.event.outline.readOnly == .no)
    }

    @Test(
        "readOnly follows the name",
        arguments: [
            ("DescribeInstances", true), ("GetObject", true), ("ListBuckets", true), ("HeadObject", true),
            ("Decrypt", true),
            ("GenerateDataKey", true), ("LookupEvents", true), ("PutObject", false), ("Getaway", false),
            ("CreateKey", false),
            ("List", true), ("Listen", false), ("BatchGetItem", true),
        ])
    func readNames(_ name: String, _ reads: Bool) { #expect(EventReader.isReadName(name) == reads) }

    @Test("the category decides type, managementEvent and readOnly")
    func categories() throws {
        let data = try Self.read(Self.good.dropLast() + #","managementEvent":false}"#)
        #expect(data.event.outline.category == .data)
        let network = try Self.read(Self.good.dropLast() + #","eventCategory":"NetworkActivity"}"#)
        #expect(network.text.contains(#""eventType":"AwsVpceEvent""#))
        #expect(!network.text.contains("managementEvent") && !network.text.contains("readOnly"))
        #expect(network.event.outline.readOnly == .unsaid)
    }

    @Test("the account comes from the event, the request, the principal, or the identity, in this order")
    func accounts() throws {
        let (one, other) = (try AccountID("111122223333"), try AccountID("444455556666"))
        let without =
            Self.replacing("recipientAccountId", nil).dropLast() + #","userIdentity":{"accountId":"444455556666"}}"#
        #expect(try Self.read(String(without)).event.account == other)
        #expect(try Self.read(String(without), Self.rules { $0.accounts = [one] }).event.account == one)
        #expect(try Self.read(String(without), Self.rules { $0.requestAccount = one }).event.account == one)
        #expect(try Self.read(Self.good, Self.rules { $0.requestAccount = other }).event.account == one)
        #expect(throws: EventRefusal.self) { try Self.read(Self.replacing("recipientAccountId", nil)) }
    }

    @Test("the Region comes from the event or from the request")
    func regions() throws {
        let west = try Region("eu-west-1")
        let read = try Self.read(Self.replacing("awsRegion", nil), Self.rules { $0.defaultRegion = west })
        #expect(read.event.region == west && read.text.contains(#""awsRegion":"eu-west-1""#))
    }

    @Test("the string True, seen in real records, counts and is kept")
    func stringReadOnly() throws {
        let read = try Self.read(Self.good.dropLast() + #","readOnly":"True"}"#)
        #expect(read.event.outline.readOnly == .yes && read.text.contains(#""readOnly":"True""#))
    }

    @Test("global services are told by source, and STS by its endpoint")
    func global() throws {
        func isGlobal(_ source: String, _ more: String = "") throws -> Bool {
            try Self.read(Self.replacing("eventSource", "\"\(source)\"").dropLast() + more + "}").event.outline.isGlobal
        }
        #expect(try isGlobal("iam.amazonaws.com"))
        #expect(try isGlobal("cloudfront.amazonaws.com"))
        #expect(try !isGlobal("ec2.amazonaws.com"))
        #expect(try !isGlobal("sts.amazonaws.com"))
        #expect(try isGlobal("sts.amazonaws.com", #","tlsDetails":{"clientProvidedHostHeader":"sts.amazonaws.com"}"#))
        #expect(try isGlobal("sts.amazonaws.com", #","additionalEventData":{"EndpointType":"global"}"#))
        #expect(try !isGlobal("sts.amazonaws.com", #","additionalEventData":{"EndpointType":"regional"}"#))
    }

    @Test("the same event twice has one fingerprint; other bytes or another sender have another")
    func fingerprints() throws {
        let first = try Self.read(Self.good).event.outline
        #expect(try Self.read(Self.good).event.outline == first)
        let bytes = try Self.read(Self.good.dropLast() + ",\"x\":1}").event.outline
        #expect(bytes.key == first.key && bytes.fingerprint != first.fingerprint)
        let sender = try Self.read(Self.good, Self.rules { $0.principal = "q" }).event.outline
        #expect(sender.key == first.key && sender.fingerprint != first.fingerprint)
        #expect(try Self.read(Self.replacing("awsRegion", #""eu-west-1""#)).event.outline.key != first.key)
    }

    @Test(
        "each refusal names its field",
        arguments: [
            ("eventTime", nil, .missingField), ("eventSource", nil, .missingField), ("eventName", nil, .missingField),
            ("eventTime", "1", .wrongType), ("eventSource", "{}", .wrongType), ("eventName", "[]", .wrongType),
            ("eventName", "\"\"", .badValue), ("eventTime", "\"2026-03-01\"", .badValue),
            ("eventTime", "\"1999-12-31T23:59:59Z\"", .timeOutOfRange),
            ("eventTime", "\"2026-03-03T00:00:01Z\"", .timeOutOfRange),
            ("eventSource", "\"kms.cairn\"", .reserved), ("eventSource", "\"KMS.Cairn\"", .reserved),
            ("eventCategory", "\"Insight\"", .reserved), ("eventCategory", "\"Aggregated\"", .reserved),
            ("eventCategory", "\"Other\"", .badValue), ("recipientAccountId", "\"12\"", .badValue),
            ("recipientAccountId", "\"../../etc/pw\"", .badValue),
            ("recipientAccountId", "\"999999999999\"", .unknownAccount),
            ("recipientAccountId", "null", .wrongType), ("awsRegion", "\"../x-y-1\"", .badValue),
            ("awsRegion", "\"xx-moon-1\"", .unknownRegion), ("awsRegion", "7", .wrongType),
            ("eventID", "null", .wrongType),
            ("readOnly", "\"maybe\"", .badValue), ("readOnly", "1", .wrongType), ("managementEvent", "[]", .wrongType),
            ("managementEvent", "\"maybe\"", .badValue), ("managementEvent", "null", .wrongType),
            ("eventSource", "\"KMS.CAIRN\"", .reserved), ("eventSource", "\".cairn\"", .reserved),
            ("eventSource", "\"kms\\u002ecairn\"", .reserved), ("eventSource", "\"\"", .badValue),
            ("eventSource", "null", .wrongType), ("eventName", "true", .wrongType),
            ("eventTime", "null", .wrongType), ("eventTime", "\"2026-02-30T00:00:00Z\"", .badValue),
            ("eventTime", "\"2026-03-01T10:12:44.5Z\"", .badValue),
            ("eventTime", "\"9999-12-31T23:59:59Z\"", .timeOutOfRange),
            ("eventCategory", "\"INSIGHT\"", .badValue), ("eventCategory", "7", .wrongType),
            ("recipientAccountId", "111122223333", .wrongType), ("recipientAccountId", "\"11112222333３\"", .badValue),
            ("recipientAccountId", "\"111122223333/..\"", .badValue), ("awsRegion", "\"\"", .badValue),
            ("awsRegion", "\"us-east-1/../eu-west-1\"", .badValue), ("awsRegion", "\"US-EAST-1\"", .badValue),
            ("eventID", "\"\"", .badValue), ("eventVersion", "1.08", .wrongType), ("eventType", "[]", .wrongType),
        ] as [(String, String?, EventRefusal.Code)])
    func refused(_ field: String, _ value: String?, _ code: EventRefusal.Code) {
        #expect {
            try Self.read(Self.replacing(field, value))
        } throws: { error in
            guard let refusal = error as? EventRefusal else { return false }
            return refusal.code == code && refusal.field == field && !refusal.expected.isEmpty && !refusal.found.isEmpty
        }
    }

    @Test("Insight and Aggregated events are cairn's by their type too; cairn itself may send them")
    func reservedTypes() throws {
        for type in ["AwsCloudTrailInsight", "AwsAggregatedEvent"] {
            let text = Self.replacing("eventType", "\"\(type)\"")
            #expect { try Self.read(text) } throws: { ($0 as? EventRefusal)?.code == .reserved }
            #expect(try Self.read(text, Self.rules { $0.isCairn = true }).event.range.count > 0)
        }
        let insight = try Self.read(Self.replacing("eventCategory", #""Insight""#), Self.rules { $0.isCairn = true })
        #expect(insight.event.outline.category == .insight && !insight.text.contains("managementEvent"))
    }

    @Test("sources that only look like cairn's own are anybody's", arguments: ["cairn", "kmscairn", "kms.cairn.org"])
    func otherSources(_ source: String) throws {
        #expect(try Self.read(Self.replacing("eventSource", "\"\(source)\"")).event.range.count > 0)
    }

    @Test("a principal bound to one of cairn's sources is refused all the same")
    func boundToOurs() {
        #expect {
            try Self.read(Self.replacing("eventSource", #""kms.cairn""#), Self.rules { $0.sources = ["kms.cairn"] })
        } throws: { ($0 as? EventRefusal)?.code == .reserved }
    }

    @Test("managementEvent may be a string as in real records, and decides the category")
    func stringManagementEvent() throws {
        for (value, category) in [("\"False\"", EventCategory.data), ("\"True\"", .management), ("false", .data)] {
            let read = try Self.read(Self.replacing("managementEvent", value))
            #expect(read.event.outline.category == category)
            #expect(read.text.contains("\"managementEvent\":\(value)") && read.text.contains("\"\(category.name)\""))
        }
    }

    @Test("an account that comes from the identity is checked and named like any other")
    func identityAccount() {
        let text =
            Self.replacing("recipientAccountId", nil).dropLast() + #","userIdentity":{"accountId":"999999999999"}}"#
        #expect { try Self.read(String(text)) } throws: {
            guard let refusal = $0 as? EventRefusal else { return false }
            return refusal.code == .unknownAccount && refusal.field == "userIdentity.accountId"
        }
        let broken = text.replacing("999999999999", with: "../../../etc")
        #expect { try Self.read(String(broken)) } throws: { ($0 as? EventRefusal)?.code == .missingField }
    }

    @Test(
        "what is no JSON object is refused as such",
        arguments: [
            "", "  ", "null", "[]", "\"x\"", "x", "{", "{}x", "{\"a\":1,}", "{'a':1}", "{\"a\":NaN}",
            "{\"a\":\"\u{1}\"}",
            "{\"a\":\"\0\"}", "\0{}", "{}\0", "\u{FEFF}{}", "{\"\\ud800\":1}",
        ])
    func notJSON(_ text: String) {
        #expect { try Self.read(text) } throws: {
            guard let refusal = $0 as? EventRefusal else { return false }
            return refusal.code == .notJSON && refusal.field == nil && refusal.expected.contains("JSON object")
        }
    }

    @Test("invalid UTF-8 is refused with its place")
    func notUTF8() {
        let bytes = Array(Self.good.dropLast().utf8) + Array(#","x":""#.utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        #expect {
            try EventReader().read(
                bytes + [UInt8](repeating: 0, count: JSONReader.padding), 0..<bytes.count, rules: Self.rules(),
                now: Self.now, makeID: { [] })
        } throws: {
            guard let refusal = $0 as? EventRefusal else { return false }
            return refusal.code == .notJSON && refusal.found.contains("not UTF-8 at byte \(bytes.count - 4)")
        }
    }

    @Test("depth 100 is taken, depth 101 is not")
    func depth() throws {
        func deep(_ depth: Int) -> String {
            Self.good.dropLast() + #","x":"# + String(repeating: "[", count: depth - 1) + "1"
                + String(repeating: "]", count: depth - 1) + "}"
        }
        #expect(try Self.read(deep(100)).event.range.count > 0)
        #expect { try Self.read(deep(101)) } throws: {
            guard let refusal = $0 as? EventRefusal else { return false }
            return refusal.code == .notJSON && refusal.found.contains("deeper than 100")
        }
    }

    @Test(
        "a name twice is refused and named, escaped or nested",
        arguments: [
            ("eventN\\u0061me", "\"Evil\"", "eventName"), ("eventName", "\"Evil\"", "eventName"),
            ("userIdentity", #"{"arn":"a","arn":"b"}"#, "arn"),
            ("userIdentity", #"{"sessionContext":{"attributes":{"m":1,"\u006d":2}}}"#, "m"),
            ("resources", #"[{"type":"a"},{"ARN":"a","ARN":"b"}]"#, "ARN"), ("tlsDetails", #"{"a":1,"a":1}"#, "a"),
            ("additionalEventData", #"{"x":{"a":1,"a":1}}"#, "a"),
        ])
    func repeatedName(_ name: String, _ value: String, _ repeated: String) {
        #expect { try Self.read(Self.good.dropLast() + ",\"\(name)\":\(value)}") } throws: {
            guard let refusal = $0 as? EventRefusal else { return false }
            return refusal.code == .repeatedName && refusal.field == repeated
        }
    }

    @Test("a name twice in what only the producer reads is kept as it is")
    func repeatedElsewhere() throws {
        let text = Self.good.dropLast() + #","requestParameters":{"a":1,"a":2}}"#
        #expect(try Self.read(String(text)).text.contains(#"{"a":1,"a":2}"#))
    }

    @Test("what a refusal quotes is short, whatever was sent")
    func shortRefusals() {
        let accents = "a" + String(repeating: "\u{301}", count: 50_000)
        #expect { try Self.read(Self.replacing("readOnly", "\"\(accents)\"")) } throws: {
            guard let refusal = $0 as? EventRefusal else { return false }
            return refusal.code == .badValue && refusal.description.utf8.count < 1_000
        }
    }

    @Test("times up to a day ahead are taken, and from 2000 on")
    func timeRange() throws {
        for time in ["2000-01-01T00:00:00Z", "2026-03-03T00:00:00Z"] {
            #expect(try Self.read(Self.replacing("eventTime", "\"\(time)\"")).event.outline.time.iso8601 == time)
        }
    }

    @Test("256 KiB are taken, one byte more is not")
    func size() throws {
        let room = IntakeRules.eventByteCountMax - Self.good.utf8.count - #","x":"""#.utf8.count
        func sized(_ count: Int) -> String {
            Self.good.dropLast() + #","x":""# + String(repeating: "y", count: count) + "\"}"
        }
        #expect(try Self.read(sized(room)).event.range.count == IntakeRules.eventByteCountMax)
        #expect { try Self.read(sized(room + 1)) } throws: { ($0 as? EventRefusal)?.code == .tooLarge }
    }

    @Test("a principal is held to its accounts and sources; cairn itself may use its own")
    func principals() throws {
        let other = try AccountID("444455556666")
        #expect { try Self.read(Self.good, Self.rules { $0.accounts = [other] }) } throws: {
            ($0 as? EventRefusal)?.code == .accountNotAllowed
        }
        #expect { try Self.read(Self.good, Self.rules { $0.sources = ["b.example.com"] }) } throws: {
            ($0 as? EventRefusal)?.code == .sourceNotAllowed
        }
        let own = Self.replacing("eventSource", #""log.cairn""#)
        #expect(try Self.read(own, Self.rules { $0.isCairn = true }).event.range.count > 0)
    }

    @Test("an event of cairn's own is the same again when it has the same id, a producer's when it has the same bytes")
    func identity() throws {
        let texts = [#""log.cairn""#, #""other.cairn""#].map { Self.replacing("eventSource", $0) }
        let own = try texts.map { try Self.read($0, Self.rules { $0.isCairn = true }).event.outline }
        #expect(own[0].key == own[1].key && own[0].fingerprint == own[1].fingerprint)
        let other = try Self.read(Self.replacing("eventID", #""another""#), Self.rules { $0.isCairn = true })
        #expect(other.event.outline.fingerprint != own[0].fingerprint)
        let sent = try [#""a.example.com""#, #""b.example.com""#].map {
            try Self.read(Self.replacing("eventSource", $0), Self.rules()).event.outline
        }
        #expect(sent[0].key == sent[1].key && sent[0].fingerprint != sent[1].fingerprint)
    }

    @Test("real records of CloudTrail keep their bytes; only missing fields are appended")
    func realRecords() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/real-records.ndjson")
        let lines = String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.count == 40)
        for line in lines {
            let account = try #require(
                line.firstRange(of: #""recipientAccountId":""#).map { line[$0.upperBound...].prefix(12) })
            let known = try AccountID(String(account))
            let read = try Self.read(line, Self.rules { $0.knownAccounts = [known] })
            #expect(read.text.hasPrefix(line.dropLast()))
            #expect(read.event.account == known)
        }
    }

    @Test("a real record cut off at any byte is refused as no JSON, never misread")
    func truncatedRecord() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/real-records.ndjson")
        let line = Array(try #require(try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).first))
        let reader = EventReader()
        // The next record stands behind it in the buffer, as in a request.
        for count in 0..<line.count {
            let buffer = Array(line[..<count]) + line
            #expect {
                try reader.read(buffer, 0..<count, rules: Self.rules(), now: Self.now, makeID: { [] })
            } throws: { ($0 as? EventRefusal)?.code == .notJSON }
        }
    }

    @Test("the Region that a request names is checked like an event's own")
    func requestRegion() throws {
        let nowhere = try Region("us-esat-1")
        let refusal = #expect(throws: EventRefusal.self) {
            try Self.read(Self.replacing("awsRegion", nil), Self.rules { $0.defaultRegion = nowhere })
        }
        #expect(refusal?.code == .unknownRegion && refusal?.found == "us-esat-1")
    }

    @Test("an event of a global service that names no Region is recorded where its partition records them")
    func globalService() throws {
        let west = try Region("eu-west-1")
        let rules = Self.rules {
            $0.defaultRegion = west
            $0.knownRegions = [.usEast1, west]
        }
        let event = Self.replacing("awsRegion", nil)
        #expect(try Self.read(event, rules).event.region == west)
        let fields = event.dropLast() + #","tlsDetails":{"clientProvidedHostHeader":"sts.amazonaws.com"}}"#
        for source in ["iam.amazonaws.com", "sts.amazonaws.com"] {
            let global = fields.replacing("a.example.com", with: source)
            let read = try Self.read(String(global), rules)
            #expect(read.event.region == .usEast1 && read.text.contains(#""awsRegion":"us-east-1""#))
        }
    }
}
