import AsyncHTTPClient
package import CairnNative
package import CairnSystem
import NIOCore
import NIOHTTP1
import Synchronization

/// Posts to webhooks. A name is looked up first, the address judged, and that address is what is connected to: whoever
/// rules over a name in the DNS does not lead cairn into the network that it stands in.
package final class WebhookCalls: Sendable {
    /// Why a post has no status.
    package struct Unanswered: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Looks the addresses of a host up.
    package typealias Lookup = @Sendable (_ host: String) async throws(Unanswered) -> [IPAddress]

    private static let timeoutSeconds: Int64 = 15
    /// What is read of an answer, to use the connection again; it is looked at nowhere.
    private static let answerByteCountMax = 16 << 10
    /// As many as are posted at a time to one subscription of a partition.
    private static let connectionCountMax = 16
    private static let resolvers = BlockingThreads(count: 2)

    private let settings: WebhookSettings
    private let time: any TimeSource
    private let lookup: Lookup
    /// By host, with the address that it goes to.
    private let clients = Mutex<[String: (address: IPAddress, client: HTTPClient)]>([:])

    package init(
        _ settings: WebhookSettings, time: any TimeSource, lookup: @escaping Lookup = WebhookCalls.system
    ) {
        (self.settings, self.time, self.lookup) = (settings, time, lookup)
    }

    /// The system's resolver.
    package static let system: Lookup = { (host) throws(Unanswered) in
        let found = await resolvers.run { () -> Result<[IPAddress], NameLookup.Problem> in
            do throws(NameLookup.Problem) { return .success(try NameLookup.addresses(of: host)) } catch {
                return .failure(error)
            }
        }
        do throws(NameLookup.Problem) { return try found.get() } catch {
            throw Unanswered(description: error.description)
        }
    }

    package func close() async {
        for entry in clients.withLock({ Array($0.values) }) { try? await entry.client.shutdown() }
    }

    /// The status of a post. Nothing else of the answer is looked at, and redirects are not followed.
    package func post(
        _ body: [UInt8], to url: WebhookURL, headers: [(name: String, value: String)]
    ) async throws(Unanswered) -> Int {
        let address = try await address(of: url)
        let client = try await client(url.host, at: address)
        var request = HTTPClientRequest(url: url.description)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let deadline = time.uptime + .seconds(Self.timeoutSeconds)
        do {
            let response = try await client.execute(request, timeout: .seconds(Self.timeoutSeconds))
            // One that does not end loses its connection, and says what it said.
            _ = try? await AnswerBody.collect(response.body, upTo: Self.answerByteCountMax, by: deadline, time)
            return Int(response.status.code)
        } catch {
            throw Unanswered(description: "\(url.host) does not answer: \(error)")
        }
    }

    /// The address that a post goes to, if it may go there.
    private func address(of url: WebhookURL) async throws(Unanswered) -> IPAddress {
        let isTrusted = settings.isTrusted(url)
        guard url.port == 443 || isTrusted else {
            throw Unanswered(
                description:
                    "\(url.host):\(url.port): webhooks are posted to port 443 unless --webhook-hosts names another")
        }
        let found = try await lookup(url.host)
        if !isTrusted, let inner = found.first(where: { !$0.isPublic }) {
            throw Unanswered(
                description:
                    "\(url.host) is \(inner), which is no public address: name the host in --webhook-hosts if it is meant"
            )
        }
        guard let address = found.first else { throw Unanswered(description: "\(url.host) has no address") }
        return address
    }

    /// The client whose connections go to an address.
    private func client(_ host: String, at address: IPAddress) async throws(Unanswered) -> HTTPClient {
        if let known = clients.withLock({ $0[host] }), known.address == address { return known.client }
        let made: HTTPClient
        do throws(ServiceClients.Problem) {
            made = try ServiceClients.make(
                readSeconds: Self.timeoutSeconds, connectionCountMax: Self.connectionCountMax,
                authorityFile: settings.authorityFile,
                addresses: [host: address.description])
        } catch { throw Unanswered(description: error.description) }
        let (client, old) = clients.withLock { clients in
            if let known = clients[host], known.address == address { return (known.client, Optional(made)) }
            let old = clients.updateValue((address, made), forKey: host)
            return (made, old?.client)
        }
        // Posts that are under way on it end first.
        if let old { try? await old.shutdown() }
        return client
    }
}
