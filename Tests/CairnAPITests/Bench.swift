import CairnAPI
import CairnCatalog
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import CairnTrails
import Synchronization
import Testing

/// The API over documents in memory: accounts 111122223333, which the deployment is of, and 444455556666; three Regions, one in
/// another partition; the bucket and topic of a new data directory.
struct Bench {
    static let own = try! AccountID("111122223333")
    static let other = try! AccountID("444455556666")
    static let third = try! AccountID("777788889999")
    static let ohio = try! Region("us-east-2")
    static let ireland = try! Region("eu-west-1")
    static let beijing = try! Region("cn-north-1")
    static let key = try! KeyARN("arn:aws:kms:us-east-2:111122223333:key/12345678-1234-1234-1234-123456789012")

    let catalog = Catalog(MemoryDocuments())
    let service: CloudTrailService
    let random = SeededRandom(seed: 7)
    /// Revisions that were waited for.
    let awaited = Box<[UInt64]>([])
    let signing = Box<[SigningKey]>([])
    /// What was written down and when changes were in force, in their order.
    let story = Box<[String]>([])
    /// What was written down, in its order: `begin` and then the event.
    let records = Box<[String]>([])
    /// Events that were put.
    let taken = Box<[String]>([])
    /// What was looked up, and what is found.
    let queries = Box<[EventQuery]>([])
    let found = Box(EventPage(events: [], next: nil))
    /// Whether nothing can be written down.
    let isFull = Box(false)

    final class Box<Value: Sendable>: Sendable {
        private let value: Mutex<Value>
        init(_ value: Value) { self.value = Mutex(value) }
        var content: Value {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    init(organization: Organization? = nil) async throws {
        let deployment = Deployment(
            id: UniqueID(random: random.bytes(16)), partitionCount: 4, homeRegion: Self.ohio, account: Self.own,
            nameKey: random.bytes(32))
        let (random, awaited, signing, records, isFull, taken) = (random, awaited, signing, records, isFull, taken)
        let (queries, found, story) = (queries, found, story)
        service = CloudTrailService(
            catalog: catalog, deployment: deployment,
            node: NodeLinks(
                awaitInForce: { (revision) throws(APIError) in
                    awaited.content.append(revision)
                    story.content.append("in force")
                },
                key: { (name) throws(KeyError) in
                    switch name {
                    case "alias/cairn", Bench.key.description, Bench.key.id: return Bench.key
                    case "alias/off": throw .disabled(Bench.key)
                    default: throw .unknownKey(name)
                    }
                },
                signingKeys: { () throws(KeyError) in signing.content },
                status: { (trail, region) throws(APIError) in
                    var state = TrailState(isLogging: trail.isLogging)
                    state.startedAt = trail.startedAt.map { Timestamp(milliseconds: $0) }
                    state.deliveryError = region == Bench.ireland ? "AccessDenied" : nil
                    return state
                },
                begin: { (_) throws(APIError) in
                    guard !isFull.content else { throw APIError(503, "ServiceUnavailable", "the log is full") }
                    records.content.append("begin")
                    story.content.append("begin")
                },
                record: { (record, _) throws(APIError) in
                    guard !isFull.content else { throw APIError(503, "ServiceUnavailable", "the log is full") }
                    records.content.append(record.json)
                    story.content.append(record.json)
                },
                turn: ChangeTurn(),
                put: { (events, principal, _, _) throws(APIError) in
                    taken.content += events
                    return events.map { event in
                        event.contains("refuse.me")
                            ? EventRefusal(.reserved, field: "eventSource", expected: "another", found: "refuse.me")
                            : nil
                    }
                },
                lookup: { (query) throws(APIError) in
                    queries.content.append(query)
                    return found.content
                },
                random: { random.bytes(16) }, compression: .balanced))
        try await catalog.changeRouting { (snapshot) throws(CatalogError) in
            snapshot.accounts = [Bench.own, Bench.other, Bench.third]
            snapshot.regions = [Bench.ohio, Bench.ireland, Bench.beijing, .usEast1]
            snapshot.organization = organization
        }
        try await catalog.allow(.bucket, "cairn-logs", for: nil)
        try await catalog.allow(.topic, "cairn-deliveries", for: nil)
        try await catalog.allow(.key, Bench.key.description, for: nil)
    }

    static func principal(_ account: AccountID, _ role: Role, trails: [String]? = nil) -> Principal {
        Principal(
            id: "AKIAIOSFODNN7EXAMPLE", name: "mary", accounts: [account], tokenHash: SHA256.hash([]),
            permissions: role.permissions, trails: trails)
    }

    func ask(
        _ operation: String, _ body: String = "{}", of service: APIService = .cloudTrail,
        _ parameters: [(name: String, value: String)] = [], account: AccountID = Bench.own,
        region: Region = Bench.ohio, role: Role = .admin, trails: [String]? = nil, at seconds: Int64 = 1_772_360_100
    ) async -> CloudTrailService.Answer {
        await self.service.answer(
            operation, of: service, parameters, Array(body.utf8),
            APICall(
                principal: Self.principal(account, role, trails: trails), account: account, region: region,
                peer: "192.0.2.10", userAgent: "aws-cli/2", requestID: UniqueID(random: random.bytes(16)),
                time: Timestamp(milliseconds: seconds * 1_000)))
    }

    /// The answer of a call that must succeed.
    func get(
        _ operation: String, _ body: String = "{}", account: AccountID = Bench.own, region: Region = Bench.ohio,
        role: Role = .admin, trails: [String]? = nil
    ) async throws -> StrictJSON {
        try await ask(operation, body, account: account, region: region, role: role, trails: trails).get()
    }

    /// The code of a call that must fail.
    func code(
        _ operation: String, _ body: String = "{}", account: AccountID = Bench.own, region: Region = Bench.ohio,
        role: Role = .admin, trails: [String]? = nil
    ) async -> String? {
        if case .failure(let error) = await ask(
            operation, body, account: account, region: region, role: role, trails: trails)
        {
            error.code
        } else {
            nil
        }
    }

    /// Makes a trail.
    @discardableResult
    func trail(
        _ name: String, _ more: String = "", account: AccountID = Bench.own, region: Region = Bench.ohio
    ) async throws -> StrictJSON {
        try await get(
            "CreateTrail", "{\"Name\":\"\(name)\",\"S3BucketName\":\"cairn-logs\"\(more)}", account: account,
            region: region)
    }
}
