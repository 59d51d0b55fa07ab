import CairnFormat
import CairnHistory
import CairnKeys
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("Event history (reference 9)")
struct HistoryTests {
    @Test("an event is found by each of its attributes, as it came, and by nothing else")
    func attributes() async throws {
        let library = try await Library()
        let event = Library.event(
            id: "e-1",
            more:
                ",\"resources\":[{\"type\":\"AWS::EC2::Instance\",\"ARN\":\"arn:aws:ec2:us-east-2:111122223333:instance/i-1\"}],"
                + "\"requestParameters\":{\"bucketName\":\"logs\",\"other\":1}")
        try await library.put([event, Library.event("DescribeInstances", id: "e-2", user: "Bob")])
        try await library.keeper().follow()
        let found: [(LookupAttribute, String)] = [
            (.eventID, "e-1"), (.eventName, "StartInstances"), (.readOnly, "false"), (.username, "Mary"),
            (.resourceType, "AWS::EC2::Instance"), (.resourceType, "AWS::S3::Bucket"), (.resourceName, "logs"),
            (.resourceName, "arn:aws:ec2:us-east-2:111122223333:instance/i-1"), (.accessKeyID, "AKIAMary"),
        ]
        for (attribute, value) in found {
            #expect(try await library.all(attribute, value) == [event], "\(attribute) \(value)")
        }
        #expect(try await library.all(.eventSource, "ec2.amazonaws.com").count == 2)
        #expect(try await library.all().count == 2)
        for (attribute, value) in [
            (LookupAttribute.eventName, "startinstances"), (.username, "mary"), (.eventID, "e"), (.username, "e-1"),
        ] {
            #expect(try await library.all(attribute, value) == [], "\(attribute) \(value)")
        }
        #expect(try await library.all(account: Library.other) == [])
        #expect(try await library.all(region: .usEast1) == [])
    }

    @Test("who somebody is: a user's name, a session's, root")
    func usernames() async throws {
        let library = try await Library()
        func event(_ id: String, _ identity: String) -> String {
            "{\"eventTime\":\"2026-03-01T10:00:00Z\",\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"X\",\"eventID\":\"\(id)\","
                + "\"recipientAccountId\":\"111122223333\",\"awsRegion\":\"us-east-2\",\"userIdentity\":\(identity)}"
        }
        try await library.put([
            event("role", #"{"type":"AssumedRole","principalId":"AROAEXAMPLE:deploy-42"}"#),
            event("root", #"{"type":"Root","principalId":"111122223333"}"#),
            event("none", #"{"type":"AWSService","invokedBy":"x.amazonaws.com"}"#), event("null", "null"),
        ])
        try await library.keeper().follow()
        #expect(try await library.all(.username, "deploy-42").count == 1)
        #expect(try await library.all(.username, "root").count == 1)
        #expect(try await library.all().count == 4)
    }

    @Test("data events are none of it")
    func categories() async throws {
        let library = try await Library()
        try await library.put([
            Library.event(id: "m"),
            Library.event(id: "d").replacingOccurrences(of: "\"Management\"", with: "\"Data\"")
                .replacingOccurrences(of: "\"managementEvent\":true", with: "\"managementEvent\":false"),
        ])
        try await library.keeper().follow()
        #expect(try await library.all().count == 1)
    }

    @Test("pages, times and order are those of a list that holds everything", arguments: 1...6)
    func likeAList(_ seed: UInt64) async throws {
        let library = try await Library()
        let random = Choices(seed: seed)
        var number = 0
        for _ in 0..<random.below(12) + 6 {
            let (account, region) = random.below(3) == 0 ? (Library.other, Region.usEast1) : (Library.own, Library.ohio)
            try await library.put(
                (0..<random.below(90) + 1).map { _ in
                    number += 1
                    // Late, early and equal times.
                    let late = random.below(10) == 0 ? Int64(random.below(50_000)) : Int64(random.below(30))
                    return Library.event(
                        ["StartInstances", "DescribeInstances", "Stop\(random.below(40))"][random.below(3)],
                        at: Library.start + Int64(number) / 7 - late, id: "id-\(number)",
                        user: ["Mary", "Bob"][random.below(2)], account: account, region: region)
                })
            if random.below(2) == 0 {
                try await library.keeper(
                    fileEventCountMax: 150, runEventCountMax: [1, 64, 200, 4_096][random.below(4)]
                ).follow()
            }
        }
        try await library.keeper(fileEventCountMax: 150).follow()
        let times = library.events.map(\.time)
        for _ in 0..<30 {
            let (account, region) =
                random.below(4) == 0 ? (Library.other, Region.usEast1) : (Library.own, Library.ohio)
            let query: (LookupAttribute?, String, String) = [
                (nil, "", ""), (.eventName, "StartInstances", "\"eventName\":\"StartInstances\""),
                (.username, "Bob", "\"userName\":\"Bob\""), (.readOnly, "true", "\"readOnly\":true"),
                (.eventName, "Stop7", "\"eventName\":\"Stop7\""), (.eventID, "id-9", "\"eventID\":\"id-9\""),
            ][random.below(6)]
            let bounds = [times[random.below(times.count)], times[random.below(times.count)]].sorted()
            let (start, end) = random.below(2) == 0 ? (0, .max >> 2) : (bounds[0], bounds[1])
            let expected = library.events.enumerated().filter { _, event in
                event.account == account && event.region == region && (start...end).contains(event.time)
                    && (query.2.isEmpty || event.json.contains(query.2))
            }.sorted { ($0.element.time, $0.offset) > ($1.element.time, $1.offset) }.map(\.element.json)
            let found = try await library.all(
                query.0, query.1, account: account, region: region, from: start, to: end,
                limit: [1, 7, 50][random.below(3)])
            #expect(found == expected, "\(query) \(start) \(end)")
        }
    }

    @Test("whoever starts again goes on where history is, and takes nothing twice")
    func again() async throws {
        let library = try await Library()
        for i in 0..<5 {
            try await library.put([Library.event(id: "e-\(i)")])
            try await library.keeper(fileEventCountMax: 2).follow()
            try await library.keeper(fileEventCountMax: 2).follow()
        }
        #expect(try await library.all().count == 5)
    }

    @Test("what the log let go of is passed over, and what follows is taken")
    func trimmed() async throws {
        let library = try await Library()
        try await library.put([Library.event(id: "a")])
        try await library.keeper().follow()
        for id in ["b", "c", "d"] { try await library.put([Library.event(id: id)]) }
        try await library.log.trim(upTo: 3, olderThan: .max)
        try await library.keeper().follow()
        let ids = try await library.all().map { text in text.contains("\"eventID\":\"a\"") ? "a" : "later" }
        #expect(ids == ["later", "later", "a"])
    }

    @Test("files whose events are all too old are removed, and no others")
    func retention() async throws {
        let library = try await Library()
        let day: Int64 = 86_400
        for i in 0..<5 {
            try await library.put([Library.event(at: library.time.now.seconds, id: "e-\(i)")])
            try await library.keeper(fileEventCountMax: 1, retention: .seconds(3 * day)).follow()
            library.time.advance(by: .seconds(day))
        }
        try await library.keeper(fileEventCountMax: 1, retention: .seconds(3 * day)).follow()
        // The second file took events in until two days ago had begun; the last is new and empty.
        #expect(try await library.all().count == 4)
        let files = try FileManager.default.contentsOfDirectory(atPath: library.directory)
        #expect(files.filter { $0.hasSuffix(".sqlite") }.count == 5)
    }

    @Test("nothing of an event can be read in the files")
    func sealed() async throws {
        let library = try await Library()
        try await library.put([Library.event("VerySecretAction", id: "id-of-the-event", user: "Margarethe")])
        try await library.keeper().follow()
        for name in try FileManager.default.contentsOfDirectory(atPath: library.directory) {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: library.directory + "/" + name))
            for word in ["VerySecretAction", "id-of-the-event", "Margarethe", "us-east-2"] {
                #expect(bytes.range(of: Data(word.utf8)) == nil, "\(word) stands in \(name)")
            }
        }
    }

    @Test(
        "what was shredded is found no more, by a search that is open too, and what is newer and another account's is")
    func shred() async throws {
        let library = try await Library()
        let keeper = library.keeper(fileEventCountMax: 100, runEventCountMax: 10)
        let search = library.search
        try await library.put((0..<120).map { Library.event(id: "old-\($0)") })
        try await library.put([Library.event(id: "other", account: Library.other)])
        try await keeper.follow()
        #expect(try await library.all(in: search).count == 120)

        let period = "2026-03"
        library.time.advance(by: .seconds(40 * 86_400))
        _ = try await library.keyring.shred(
            trail: library.keys.trail, account: Library.own, period: period, isDryRun: false,
            by: KeyActor(.operator, name: "test"), whenSettled: {})
        #expect(try await library.all(in: search) == [])

        let later = Library.event(at: Library.start + 1, id: "new")
        try await library.put([later])
        try await keeper.follow()
        #expect(try await library.all(limit: 5, in: search) == [later])
        #expect(try await library.all(.eventID, "old-7", in: search) == [])
        #expect(try await library.all(account: Library.other, in: search).count == 1)
    }

    @Test("a file that was changed shows nothing false: what does not fit is told")
    func damage() async throws {
        let library = try await Library()
        try await library.put((0..<120).map { Library.event("Stop\($0 % 3)", id: "e-\($0)") })
        try await library.keeper().follow()
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: library.directory).first { $0.hasSuffix(".sqlite") })
        let bytes = try Data(contentsOf: URL(fileURLWithPath: library.directory + "/" + name))
        let good = Set(library.events.map(\.json))
        var told = 0
        for i in 0..<150 {
            var changed = bytes
            changed[4_096 + (bytes.count - 4_096) * i / 150] ^= 0x41
            let copy = library.folder + "/copy-\(i)"
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
            try changed.write(to: URL(fileURLWithPath: copy + "/" + name))
            let search = HistorySearch(shelf: HistoryShelf(copy), keys: library.keys)
            do {
                let page = try await search.page(
                    HistoryQuery(
                        account: Library.own, region: Library.ohio, attribute: .eventName, value: "Stop1", start: 0,
                        end: .max >> 2, limit: 50))
                for found in page.events {
                    let event = String(decoding: found.event, as: UTF8.self)
                    #expect(good.contains(event) && event.contains("Stop1"))
                }
            } catch { told += 1 }
        }
        #expect(told > 10, "\(told)")
    }

    @Test("history made anew from log files has each event once, the log's from the log, and none too old")
    func rebuilt() async throws {
        let library = try await Library()
        let now = Library.start
        let archived = (0..<40).map { Library.event("Act\($0 % 4)", at: now - Int64($0), id: "a-\($0)") }
        let old = Library.event(at: now - 91 * 86_400, id: "old")
        let data = Library.event(id: "data").replacing(
            "\"eventCategory\":\"Management\"", with: "\"eventCategory\":\"Data\"")
        // The log begins at a sequence: what came before is gone from it. Some of it is in log files, too.
        for i in 0..<20 { try await library.put([Library.event(id: "gone-\(i)")]) }
        let kept = (0..<5).map { Library.event("Kept", id: "k-\($0)") }
        try await library.put(kept)
        try await library.log.trim(upTo: 21, olderThan: .max)
        var settings = HistoryKeeper.Settings(retention: .seconds(90 * 86_400))
        (settings.fileEventCountMax, settings.runEventCountMax) = (10, 4)
        var rebuild = try await HistoryRebuild(
            shelf: HistoryShelf(library.directory), log: library.log, keys: library.keys, settings: settings,
            time: library.time)
        // As two trails deliver the same.
        for _ in 0..<2 {
            for text in archived + [old, data] + kept {
                let bytes = Array(text.utf8)
                try await rebuild.add(
                    bytes + [UInt8](repeating: 0, count: 64), 0..<bytes.count, Library.own, Library.ohio)
            }
        }
        try await rebuild.finish()
        #expect(rebuild.count == archived.count)
        #expect(try await library.all() == archived)
        #expect(try await library.all(.eventName, "Act3").count == 10)
        try await library.keeper().follow()
        #expect(Set(try await library.all()) == Set(archived + kept))
        #expect(try await library.all().count == archived.count + kept.count)
    }
}

/// Numbers that a seed repeats, for choices of a test.
private final class Choices {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
