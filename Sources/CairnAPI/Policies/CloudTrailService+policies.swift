import CairnCatalog
import CairnFormat

/// Policies of channels (reference 10.13): kept as they were put, in a document named by the channel's id.
extension CloudTrailService {
    private struct Kept: Sendable, Equatable, Codable {
        var text: String
    }

    private static func key(_ id: UniqueID) -> String { "policies/\(id)" }

    func forgetPolicy(of id: UniqueID) async throws(APIError) {
        do throws(CatalogError) { try await catalog.remove(Self.key(id)) } catch { throw .catalog(error) }
    }

    private func policyText(of id: UniqueID) async throws(APIError) -> String? {
        do throws(CatalogError) { return try await catalog.read(Self.key(id), as: Kept.self)?.content.text } catch {
            throw .catalog(error)
        }
    }

    /// The policy of a channel; nil: there is none.
    func policy(of channel: Channel) async throws(APIError) -> ResourcePolicy? {
        guard let text = try await policyText(of: channel.id) else { return nil }
        return try ResourcePolicy(text, of: channel.arn)
    }

    func putPolicy(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let channel = try await resource(request, call)
        let text = request.required("ResourcePolicy")
        _ = try ResourcePolicy(text, of: channel.arn)
        do throws(CatalogError) {
            _ = try await catalog.update(Self.key(channel.id), initial: Kept(text: "")) { (kept) throws(CatalogError) in
                kept.text = text
            }.get()
        } catch { throw .catalog(error) }
        return Self.answer(channel, text)
    }

    func getPolicy(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let channel = try await resource(request, call)
        guard let text = try await policyText(of: channel.id) else { throw Self.missing(channel) }
        return Self.answer(channel, text)
    }

    func deletePolicy(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let channel = try await resource(request, call)
        guard try await policyText(of: channel.id) != nil else { throw Self.missing(channel) }
        try await forgetPolicy(of: channel.id)
        return .object([])
    }

    private static func answer(_ channel: Channel, _ text: String) -> StrictJSON {
        .object([("ResourceArn", .string(channel.arn)), ("ResourcePolicy", .string(text))])
    }

    private static func missing(_ channel: Channel) -> APIError {
        APIError(400, "ResourcePolicyNotFoundException", "\(channel.arn) has no policy")
    }

    /// The channel that a request names: nothing else that has a policy is here yet.
    private func resource(_ request: Request, _ call: APICall) async throws(APIError) -> Channel {
        let text = request.required("ResourceArn")
        guard let arn = try? ARN(text), arn.service == "cloudtrail" else {
            throw APIError(
                400, "ResourceARNNotValidException",
                "'\(text.prefix(300))' is no ARN of CloudTrail's: expected arn:aws:cloudtrail:REGION:ACCOUNT:channel/ID"
            )
        }
        switch arn.resource.prefix(while: { $0 != "/" }) {
        case "channel":
            do throws(APIError) { return try await channel(text, call) } catch {
                switch error.code {
                case "ChannelARNInvalidException":
                    throw APIError(400, "ResourceARNNotValidException", error.message)
                case "ChannelNotFoundException": throw .noResource(text)
                default: throw error
                }
            }
        case "eventdatastore", "dashboard": throw .noResource(text)
        default:
            throw APIError(
                400, "ResourceTypeNotSupportedException",
                "'\(text.prefix(300))' is nothing that has a policy: channels have")
        }
    }
}
