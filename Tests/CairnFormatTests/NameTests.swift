import CairnFormat
import CairnNative
import Testing

@Suite("Names are what CloudTrail and S3 say they are")
struct NameTests {
    @Test("an account id is twelve digits", arguments: ["111122223333", "000000000000"])
    func account(_ text: String) throws { #expect(try AccountID(text).description == text) }

    @Test(
        "nothing else is an account id",
        arguments: ["", "11112222333", "1111222233334", "11112222333x", "../../etc/pw", "１11122223333", " 11122223333"])
    func noAccount(_ text: String) { #expect(throws: FormatError.self) { try AccountID(text) } }

    @Test(
        "a Region is words joined by hyphens that end in a number",
        arguments: ["us-east-1", "us-gov-west-1", "ap-southeast-7"])
    func region(_ text: String) throws { #expect(try Region(text).name == text) }

    @Test(
        "nothing else is a Region",
        arguments: [
            "", "useast1", "us-east", "US-EAST-1", "us--1", "../us-east-1", "us-east-1/..", "us-east-123", "a-b-c-1\n",
        ])
    func noRegion(_ text: String) { #expect(throws: FormatError.self) { try Region(text) } }

    @Test("a Region knows its partition and the leader of that")
    func partitions() throws {
        #expect(try Region("cn-north-1").partition == "aws-cn")
        #expect(try Region("us-gov-east-1").leader == Region("us-gov-west-1"))
        #expect(try Region("eu-west-1").leader == .usEast1)
        #expect(Set(Region.standard).count == Region.standard.count)
    }

    @Test("an ARN is taken apart and put together again")
    func arn() throws {
        let text = "arn:aws:cloudtrail:us-east-2:111122223333:trail/main-trail"
        let arn = try ARN(text)
        #expect(
            (arn.service, arn.region, arn.account, arn.resource) == (
                "cloudtrail", "us-east-2", "111122223333", "trail/main-trail"
            ))
        #expect(arn.description == text)
        #expect(try ARN("arn:aws:s3:::bucket/a:b").resource == "bucket/a:b")
    }

    @Test(
        "what is no ARN is refused",
        arguments: ["", "arn:aws:s3::", "arn::s3:::b", "arn:aws:s3::12:b", "nra:aws:s3:::b", "arn:aws:s3:::\n"])
    func noARN(_ text: String) { #expect(throws: FormatError.self) { try ARN(text) } }

    @Test(
        "trail names follow reference 6.2",
        arguments: ["abc", "a.b-c_d", "main-trail", String(repeating: "a", count: 128)])
    func trailName(_ text: String) throws { #expect(try TrailName(text).text == text) }

    @Test(
        "each broken rule of trail names has the service's own message",
        arguments: [
            ("ab", "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters."),
            (
                String(repeating: "a", count: 129),
                "Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters."
            ),
            ("-abc", "Trail name must starts with a letter or number."),
            ("abc.", "Trail name must ends with a letter or number."),
            (
                "a b c",
                "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), "
                    + "and underscores (_)."
            ),
        ])
    func badTrailName(_ text: String, _ message: String) {
        #expect { try TrailName(text) } throws: { "\($0)" == message }
    }

    @Test(
        "marks may not stand together, nor may a name look like an address", arguments: ["a..b", "a._b", "192.168.5.4"])
    func oddTrailName(_ text: String) { #expect(throws: TrailNameError.self) { try TrailName(text) } }

    @Test(
        "bucket names follow S3's rules",
        arguments: ["abc", "amzn-s3-demo-bucket", "a.b.c", String(repeating: "b", count: 63)])
    func bucket(_ text: String) throws { #expect(try BucketName(text).text == text) }

    @Test(
        "what is no bucket name is refused",
        arguments: [
            "ab", "Abc", "a_b", "-abc", "abc-", "a..b", "10.0.0.1", "a/b", "..", String(repeating: "b", count: 64),
        ])
    func noBucket(_ text: String) { #expect(throws: FormatError.self) { try BucketName(text) } }

    @Test("object keys up to 1,024 bytes are taken")
    func key() throws {
        let longest = (0..<4).map { _ in String(repeating: "k", count: 254) }.joined(separator: "/") + "/abcd"
        #expect(longest.utf8.count == 1_024)
        #expect(try ObjectKey(longest).text == longest)
        #expect(throws: FormatError.self) { try ObjectKey(longest + "e") }
        #expect(try ObjectKey("ä/…/b c").text == "ä/…/b c")
    }

    @Test(
        "keys that cannot be kept or would be read as another are refused",
        arguments: ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a\nb", "a\u{7F}", "a\u{85}b", "a\0"])
    func noKey(_ text: String) { #expect(throws: FormatError.self) { try ObjectKey(text) } }

    @Test(
        "a prefix cannot lead into somebody's tree", arguments: ["AWSLogs", "a/AWSLogs/111122223333", "/a", "a/../b"])
    func noPrefix(_ text: String) { #expect(throws: FormatError.self) { try KeyPrefix(text) } }

    @Test("a prefix has 200 characters at most")
    func prefix() throws {
        #expect(try KeyPrefix("prod/audit").text == "prod/audit")
        #expect(throws: FormatError.self) { try KeyPrefix(String(repeating: "p", count: 201)) }
        // To Swift a letter under any number of accents is one character: a key of 1,024 bytes would not hold it.
        let accents = "a" + String(repeating: "\u{301}", count: 126)
        #expect(throws: FormatError.self) { try KeyPrefix([accents, accents].joined(separator: "/")) }
        let part = String(repeating: "\u{10348}", count: 49)
        let longest = try KeyPrefix([part, part, part, part].joined(separator: "/"))
        let name = LogFileName(
            account: try AccountID("111122223333"), folder: .networkActivity, region: try Region("ap-southeast-77"),
            time: EventTime(seconds: 0), unique: "0123456789abcdef")
        #expect(name.key(prefix: longest, organization: nil).text.utf8.count <= 1_024)
    }

    @Test("base 62 gives the digits of the number, padded")
    func base62() {
        #expect(Base62.encode([0], count: 4) == "0000")
        #expect(Base62.encode([61], count: 2) == "0z")
        #expect(Base62.encode([62], count: 2) == "10")
        #expect(Base62.encode([1, 0], count: 3) == "048")
    }

    @Test("an id made of random bytes is a UUID of version 4")
    func uuid() throws {
        let id = UniqueID(random: [UInt8](repeating: 0xFF, count: 16))
        #expect(id.text == "ffffffff-ffff-4fff-bfff-ffffffffffff")
        #expect(try UniqueID(id.text) == id)
        #expect(throws: FormatError.self) { try UniqueID("FFFFFFFF-ffff-4fff-bfff-ffffffffffff") }
    }

    @Test("log files are named and laid out as reference 1.1 and 1.3 say")
    func logFiles() throws {
        let name = LogFileName(
            account: try AccountID("111122223333"), folder: .trail, region: try Region("us-east-2"),
            time: EventTime(iso8601: "2026-03-01T10:15:59Z".utf8)!, unique: "Mb3cQz0xPp7HqLvD")
        #expect(name.description == "111122223333_CloudTrail_us-east-2_20260301T1015Z_Mb3cQz0xPp7HqLvD.json.gz")
        #expect(
            name.key(prefix: nil, organization: nil).text
                == "AWSLogs/111122223333/CloudTrail/us-east-2/2026/03/01/\(name)")
        #expect(
            name.key(prefix: try KeyPrefix("prod/audit"), organization: nil).text.hasPrefix(
                "prod/audit/AWSLogs/111122223333/CloudTrail/"))
    }

    @Test("an organization's trail has its files below the organization and each account (reference 1.3 and 3.2)")
    func organizationFiles() throws {
        let organization = try OrganizationID("o-exampleorgid")
        let (owner, member) = (try AccountID("111122223333"), try AccountID("444455556666"))
        let time = EventTime(iso8601: "2026-03-01T10:15:59Z".utf8)!
        let file = LogFileName(
            account: member, folder: .trail, region: try Region("us-east-2"), time: time, unique: "Mb3cQz0xPp7HqLvD")
        #expect(
            file.key(prefix: try KeyPrefix("prod"), organization: organization).text
                == "prod/AWSLogs/o-exampleorgid/444455556666/CloudTrail/us-east-2/2026/03/01/\(file)")
        func chain(_ account: AccountID) throws -> ChainName {
            ChainName(
                organization: ChainName.Organization(id: organization, owner: owner), account: account,
                home: try Region("us-east-1"), trail: try TrailName("main"), region: try Region("us-east-1"))
        }
        let digest = DigestName(chain: try chain(member), end: time)
        #expect(
            digest.key(prefix: nil).text
                == "AWSLogs/o-exampleorgid/444455556666/CloudTrail-Digest/us-east-1/2026/03/01/"
                + "444455556666_CloudTrail-Digest_us-east-1_main_us-east-1_20260301T101559Z.json.gz")
        #expect(try "\(chain(member))" == "o-exampleorgid/us-east-1/main/444455556666/us-east-1")
        #expect(try (chain(owner).isHome, chain(member).isHome) == (true, false))
        #expect(try chain(owner).family == chain(member).family)
    }

    @Test("an organization's id is o- and 10 to 32 lowercase letters and digits")
    func organizations() throws {
        #expect(OrganizationID(random: [UInt8](repeating: 0, count: 8)).text == "o-0000000000")
        let made = OrganizationID(random: [UInt8](repeating: 0xFF, count: 8))
        #expect(try OrganizationID(made.text) == made)
        for text in ["o-exampleorgid", "o-" + String(repeating: "z", count: 32)] {
            #expect(try OrganizationID(text).text == text)
        }
        let longest = String(repeating: "z", count: 33)
        for text in ["", "o-", "o-short", "r-exampleorgid", "o-EXAMPLEORGID", "o-example/orgid", "o-\(longest)"] {
            #expect(throws: FormatError.self) { try OrganizationID(text) }
        }
    }

    @Test("a lane's text reads back")
    func lane() throws {
        let lane = Lane(
            trail: UniqueID(random: [UInt8](repeating: 1, count: 16)), account: try AccountID("111122223333"),
            region: .usEast1, folder: .networkActivity)
        #expect(try Lane(lane.description) == lane)
        #expect(throws: FormatError.self) { try Lane("a/b") }
    }

    @Test("a notice is CloudTrail's message, compact and escaped")
    func notice() throws {
        let notice = Notice(
            bucket: try BucketName("amzn-s3-demo-bucket"), keys: [try ObjectKey("AWSLogs/a\"b.json.gz")])
        #expect(notice.message == #"{"s3Bucket":"amzn-s3-demo-bucket","s3ObjectKey":["AWSLogs/a\"b.json.gz"]}"#)
    }

    @Test("keys are compared byte by byte, as buckets do")
    func keyBytes() throws {
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        #expect(composed == decomposed)
        #expect(try ObjectKey(composed) != ObjectKey(decomposed))
        #expect(try KeyPrefix(composed) != KeyPrefix(decomposed))
        #expect(try Set([ObjectKey(composed), ObjectKey(decomposed), ObjectKey(composed)]).count == 2)
        let keys = try ["b", "a/b", "a", "a-b", "\u{E9}", "z", "e\u{301}", "a0"].map { try ObjectKey($0) }
        #expect(keys.sorted().map(\.text) == ["a", "a-b", "a/b", "a0", "b", "e\u{301}", "z", "\u{E9}"])
    }

    @Test(
        "each category has its name and its folder (reference 1.2)",
        arguments: [
            (EventCategory.management, "Management", "CloudTrail"), (.data, "Data", "CloudTrail"),
            (.networkActivity, "NetworkActivity", "CloudTrail-NetworkActivity"),
            (.insight, "Insight", "CloudTrail-Insight"), (.aggregated, "Aggregated", "CloudTrail-Aggregated"),
        ])
    func categories(_ category: EventCategory, _ name: String, _ folder: String) {
        #expect((category.name, category.folder) == (name, folder))
        #expect(EventCategory(name: name) == category && EventCategory(name: name.lowercased()) == nil)
        #expect(LogFolder(category).rawValue == folder)
    }
}
