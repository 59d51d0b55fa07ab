import CairnFormat
import CairnHistory
import CairnKeys
import CairnLog
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation
import Logging

/// One partition's log in memory and its event history in a directory.
final class Library {
    static let own = try! AccountID("111122223333")
    static let other = try! AccountID("444455556666")
    static let ohio = try! Region("us-east-2")
    static let start: Int64 = 1_772_359_200

    let documents = MemoryDocuments()
    let time = ManualTime(now: Timestamp(milliseconds: (start + 86_400) * 1_000))
    let random = SeededRandom(seed: 5)
    let log = SharedLog()
    let keyring: Keyring
    let folder = NSTemporaryDirectory() + "cairn-history-\(UUID())"
    let keys: HistoryKeys
    private let reader = EventReader()
    /// What was put, in the order in which it came.
    private(set) var events: [(account: AccountID, region: Region, time: Int64, json: String)] = []

    init() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        keyring = try await Keyring.establish(
            documents: documents, time: time, random: random, root: .file(folder + "/root.key"),
            environment: { _ in nil })
        keys = HistoryKeys(
            keyring: keyring, deployment: UniqueID(random: random.bytes(16)), region: Self.ohio, account: Self.own,
            random: random)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var directory: String { folder + "/history" }

    func keeper(
        fileEventCountMax: Int = 400_000, runEventCountMax: Int = 4_096, retention: Duration = .seconds(90 * 86_400)
    ) -> HistoryKeeper {
        var settings = HistoryKeeper.Settings(retention: retention)
        (settings.fileEventCountMax, settings.runEventCountMax) = (fileEventCountMax, runEventCountMax)
        return HistoryKeeper(
            partition: 0, log: log, shelf: HistoryShelf(directory), keys: keys, settings: settings, time: time,
            logger: Logger(label: "test"))
    }

    /// A search as another process makes it: with files of its own.
    var search: HistorySearch { HistorySearch(shelf: HistoryShelf(directory), keys: keys) }

    static func event(
        _ name: String = "StartInstances", at seconds: Int64 = start, id: String, user: String = "Mary",
        account: AccountID = own, region: Region = ohio, more: String = ""
    ) -> String {
        "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\",\"accountId\":\"\(account)\",\"userName\":\"\(user)\","
            + "\"accessKeyId\":\"AKIA\(user)\"},\"eventTime\":\"\(EventTime(seconds: seconds))\",\"eventSource\":\"ec2.amazonaws.com\","
            + "\"eventName\":\"\(name)\",\"awsRegion\":\"\(region)\",\"eventID\":\"\(id)\",\"readOnly\":\(name.hasPrefix("Describe")),"
            + "\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"\(account)\","
            + "\"eventCategory\":\"Management\"\(more)}"
    }

    /// Appends a batch of events of one account and Region.
    func put(_ texts: [String]) async throws {
        var buffer = Array(texts.joined(separator: " ").utf8)
        var at = 0
        let ranges = texts.map { text in
            defer { at += text.utf8.count + 1 }
            return at..<at + text.utf8.count
        }
        buffer += [UInt8](repeating: 0, count: JSONReader.padding)
        let rules = IntakeRules(
            principal: "test", accounts: nil, isCairn: true, knownAccounts: [Self.own, Self.other],
            knownRegions: [Self.ohio, .usEast1], defaultRegion: Self.ohio)
        var accepted: [AcceptedEvent] = []
        for range in ranges {
            accepted.append(
                try reader.read(
                    buffer, range, rules: rules, now: EventTime(seconds: time.now.seconds),
                    makeID: { random.bytes(16) }))
        }
        for (event, text) in zip(accepted, texts) {
            events.append((event.account, event.region, event.outline.time.seconds, text))
        }
        let payload = Batch.encode(
            accepted, from: buffer, principal: "test", peer: "local", receivedAt: time.now.milliseconds)
        _ = try await log.append(
            LogEntry(kind: .batch, id: LogID(random.bytes(16)), at: time.now.milliseconds, payload: payload))
    }

    /// All pages of a query, one behind the other.
    func all(
        _ attribute: LookupAttribute? = nil, _ value: String = "", account: AccountID = own, region: Region = ohio,
        from start: Int64 = 0, to end: Int64 = .max >> 2, limit: Int = 50,
        in open: HistorySearch? = nil
    ) async throws -> [String] {
        var (found, after): ([String], HistoryPlace?) = ([], nil)
        let search = open ?? search
        while true {
            let page = try await search.page(
                HistoryQuery(
                    account: account, region: region, attribute: attribute, value: value, start: start, end: end,
                    after: after, limit: limit))
            found += page.events.map { String(decoding: $0.event, as: UTF8.self) }
            guard let next = page.next else { return found }
            after = next
        }
    }
}
