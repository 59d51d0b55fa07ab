import CairnNative
import CairnRemote
import CairnSystem
import Synchronization
import Testing

@Suite("Webhooks are posted to public addresses only, and to the one that was looked at")
struct WebhookAddressTests {
    /// The bytes of an address as it is written.
    static func address(_ text: String) throws -> IPAddress { try #require(try NameLookup.addresses(of: text).first) }

    @Test(
        "an address of the world",
        arguments: ["1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "2a00::1"])
    func open(_ text: String) throws { #expect(try Self.address(text).isPublic) }

    @Test(
        "an address that is not",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1",
            "172.31.255.255", "192.0.0.170", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "224.0.0.1",
            "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "fe80::1",
            "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2002:a00:1::1", "2001::1",
        ])
    func closed(_ text: String) throws { #expect(try !Self.address(text).isPublic) }

    /// Posts to a host that the DNS says is at these addresses, one list for each time it is asked.
    static func post(
        _ url: String, at answers: [[String]], _ settings: WebhookSettings = WebhookSettings()
    ) async throws -> String {
        let lists = try answers.map { try $0.map { try address($0) } }
        let asked = Mutex(0)
        let calls = WebhookCalls(settings, time: SystemTime()) { (_) throws(WebhookCalls.Unanswered) in
            lists[asked.withLock { n in min(n, lists.count - 1) }]
        }
        let url = try WebhookURL(url)
        var text = ""
        do throws(WebhookCalls.Unanswered) { text = "\(try await calls.post([], to: url, headers: []))" } catch {
            text = error.description
        }
        await calls.close()
        return text
    }

    @Test("one address within is enough to refuse a name, whatever its others are")
    func mixed() async throws {
        #expect(
            try await Self.post("https://hooks.example.com/", at: [["93.184.216.34", "10.0.0.1"]]).contains(
                "hooks.example.com is 10.0.0.1, which is no public address"))
        #expect(
            try await Self.post("https://hooks.example.com:8443/", at: [["93.184.216.34"]]).contains(
                "to port 443 unless"))
    }

    @Test("the address that was looked at is connected to, not what the name stands for by then")
    func pinned() async throws {
        var settings = WebhookSettings()
        settings.hosts = try #require(WebhookSettings.hosts("unknown.invalid:9"))
        // Nothing listens there, and no resolver knows the name: only the address that the look gave can refuse.
        let text = try await Self.post("https://unknown.invalid:9/", at: [["127.0.0.1"]], settings)
        #expect(text.contains("does not answer") && !text.contains("no public address"), "\(text)")
        #expect(!text.lowercased().contains("resol") && !text.contains("DNS"), "\(text)")
    }

    @Test("in whatever spelling of its name", arguments: ["https://Unknown.Invalid:9/a", "https://UNKNOWN.INVALID:9/"])
    func spelling(_ text: String) async throws {
        let url = try WebhookURL(text)
        #expect(url.description.hasPrefix("https://unknown.invalid:9/") && url.host == "unknown.invalid")
        #expect(try WebhookURL("https://Host.Example/Path?Query=A").description == "https://host.example/Path?Query=A")
        // As above: no resolver knows the name in any spelling.
        var settings = WebhookSettings()
        settings.hosts = try #require(WebhookSettings.hosts("unknown.invalid:9"))
        let said = try await Self.post(
            text, at: [["127.0.0.1"]], settings)
        #expect(said.contains("does not answer") && !said.lowercased().contains("resol"), "\(said)")
    }

    @Test(
        "hosts that the configuration names",
        arguments: ["a.example.com", "a.example.com:8443", "[fd00::1]:9", "a, b:1"])
    func named(_ text: String) { #expect(WebhookSettings.hosts(text) != nil) }

    @Test("what is no list of hosts", arguments: ["a/b", "a:b", "https://a", "a@b", "a:0"])
    func notNamed(_ text: String) { #expect(WebhookSettings.hosts(text) == nil) }
}
