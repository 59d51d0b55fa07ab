import CairnCatalog
import CairnFormat
import CairnNative
import CairnSystem

/// Channels (reference 10.8). Those of an account in a Region are one document, so that of two who make one of the same name at
/// once one alone succeeds.
extension CloudTrailService {
    /// The most channels of an account in a Region.
    private static let channelCountMax = 25
    private static let listCountMax = 1_000
    private static let defaultName = "default"

    private static func key(_ account: AccountID, _ region: Region) -> String { "channels/\(account)/\(region)" }

    // MARK: Which there are

    /// The channel that every account has in every Region.
    private func defaultChannel(_ account: AccountID, _ region: Region) -> Channel {
        let name = HMAC.sha256(key: deployment.nameKey, Array("channel \(account) \(region)".utf8))
        return Channel(
            id: UniqueID(random: Array(name.array.prefix(16))), account: account, region: region,
            name: Self.defaultName,
            source: "Custom", destinations: [Channel.log(account, region)])
    }

    /// By name, the default one first.
    private func channels(_ account: AccountID, _ region: Region) async throws(APIError) -> [Channel] {
        let made: [Channel]
        do throws(CatalogError) {
            made = try await catalog.read(Self.key(account, region), as: [Channel].self)?.content ?? []
        } catch { throw .catalog(error) }
        return [defaultChannel(account, region)] + made.sorted { $0.name < $1.name }
    }

    /// The channel of an ARN, or of an id alone, in the caller's account and Region.
    func channel(_ text: String, _ call: APICall) async throws(APIError) -> Channel {
        try await channel(text, of: call.account, in: call.region)
    }

    /// The same in another account.
    func channel(_ text: String, of account: AccountID, in region: Region) async throws(APIError) -> Channel {
        let id = try Self.channelID(text, account, region)
        guard let found = try await channels(account, region).first(where: { $0.id == id }) else {
            throw APIError(400, "ChannelNotFoundException", "there is no channel \(text.prefix(300))")
        }
        return found
    }

    private static func channelID(
        _ text: String, _ account: AccountID, _ region: Region
    ) throws(APIError) -> UniqueID {
        if let id = try? UniqueID(text) { return id }
        let wrong = APIError(
            400, "ChannelARNInvalidException",
            "'\(text.prefix(300))' is no channel's ARN of account \(account) in \(region): expected "
                + "arn:aws:cloudtrail:REGION:ACCOUNT:channel/ID, or the id")
        guard let arn = try? ARN(text), arn.service == "cloudtrail", arn.resource.hasPrefix("channel/"),
            arn.account == account.description, arn.region == region.name,
            let id = try? UniqueID(String(arn.resource.dropFirst(8)))
        else { throw wrong }
        return id
    }

    // MARK: Operations

    func createChannel(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let (name, source) = (request.required("Name"), request.required("Source"))
        let tags = try ResourceTags(request.requests("Tags") ?? [])
        guard Channel.sources.contains(source) else {
            throw APIError(
                400, "InvalidSourceException",
                "Source: expected one of \(Channel.sources.sorted().joined(separator: ", ")), found '\(source)'")
        }
        let channel = Channel(
            id: UniqueID(random: node.random()), account: call.account, region: call.region, name: name,
            source: source, destinations: try Self.destinations(request, call), createdAt: call.time.milliseconds)
        if !tags.isEmpty { try await keep(tags, of: channel.id) }
        do throws(APIError) { try await add(channel, call) } catch {
            if !tags.isEmpty { try await forgetTags(of: channel.id) }
            throw error
        }
        return .object([
            ("ChannelArn", .string(channel.arn)), ("Name", .string(name)), ("Source", .string(source)),
            ("Destinations", channel.destinationsAnswer), ("Tags", tags.answer),
        ])
    }

    private func add(_ channel: Channel, _ call: APICall) async throws(APIError) {
        try await changeChannels(call) { (channels) throws(APIError) in
            guard channels.count < Self.channelCountMax else {
                throw APIError(
                    400, "ChannelMaxLimitExceededException",
                    "account \(call.account) has \(Self.channelCountMax) channels in \(call.region) already")
            }
            try Self.check(channel, channels)
            channels.append(channel)
        }
    }

    private static func check(_ channel: Channel, _ others: [Channel]) throws(APIError) {
        let other = others.first {
            $0.id != channel.id && ($0.name == channel.name || $0.source == channel.source)
        }
        if let other {
            throw APIError(
                400, "ChannelAlreadyExistsException",
                "the channel \(other.arn) has \(other.name == channel.name ? "that name" : "that source") already")
        }
        guard channel.name != defaultName else {
            throw APIError(400, "ChannelAlreadyExistsException", "'\(defaultName)' is the channel that everybody has")
        }
    }

    private func changeChannels<Found>(
        _ call: APICall, _ change: (inout [Channel]) throws(APIError) -> Found
    ) async throws(APIError) -> Found {
        let result: Result<Found, APIError>
        do throws(CatalogError) {
            result = try await catalog.update(Self.key(call.account, call.region), initial: [Channel](), change)
        } catch { throw .catalog(error) }
        return try result.get()
    }

    /// Until there are event data stores, the log of the caller's account and Region is all that events can go to.
    private static func destinations(_ request: Request, _ call: APICall) throws(APIError) -> [Channel.Destination] {
        let log = Channel.log(call.account, call.region)
        for destination in request.requests("Destinations") ?? [] {
            guard destination.required("Type") == log.type else {
                throw APIError(
                    400, "OperationNotPermittedException", "channels of services are made by the services themselves")
            }
            let location = destination.required("Location")
            guard location == log.location else {
                throw APIError(
                    400,
                    location.contains("eventdatastore/")
                        ? "EventDataStoreNotFoundException" : "EventDataStoreARNInvalidException",
                    "there is no event data store \(location): events of channels go to \(log.location), the log of the account"
                )
            }
        }
        return [log]
    }

    func updateChannel(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let text = request.required("Channel")
        let known = try await channel(text, call)
        guard !known.isDefault else { throw .defaultChannel(known.arn) }
        let destinations = request.has("Destinations") ? try Self.destinations(request, call) : nil
        let changed: Channel = try await changeChannels(call) { (channels) throws(APIError) in
            guard let index = channels.firstIndex(where: { $0.id == known.id }) else {
                throw APIError(400, "ChannelNotFoundException", "there is no channel \(text)")
            }
            channels[index].name = request.text("Name") ?? known.name
            channels[index].destinations = destinations ?? known.destinations
            try Self.check(channels[index], channels)
            return channels[index]
        }
        return .object([
            ("ChannelArn", .string(changed.arn)), ("Name", .string(changed.name)),
            ("Source", .string(changed.source)), ("Destinations", changed.destinationsAnswer),
        ])
    }

    func deleteChannel(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let channel = try await channel(request.required("Channel"), call)
        guard !channel.isDefault else { throw .defaultChannel(channel.arn) }
        try await changeChannels(call) { (channels) throws(APIError) in channels.removeAll { $0.id == channel.id } }
        try await forgetIngestion(of: channel)
        try await forgetPolicy(of: channel.id)
        try await forgetTags(of: channel.id)
        return .object([])
    }

    func getChannel(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let channel = try await channel(request.required("Channel"), call)
        return .object(
            [
                ("ChannelArn", .string(channel.arn)), ("Name", .string(channel.name)),
                ("Source", .string(channel.source)), ("SourceConfig", .object([("ApplyToAllRegions", .bool(false))])),
                ("Destinations", channel.destinationsAnswer),
            ] + (try await ingestion(of: channel)))
    }

    func listChannels(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let all = try await channels(call.account, call.region).sorted { $0.arn < $1.arn }
        let query = ["ListChannels", call.account.description, call.region.name]
        let page = try page(of: all, by: \.arn, request, query, countMax: Self.listCountMax)
        let list = page.elements.map { channel in
            StrictJSON.object([("ChannelArn", .string(channel.arn)), ("Name", .string(channel.name))])
        }
        return .object([("Channels", .array(list))] + page.token)
    }
}
