import CairnCatalog
import CairnFormat
import CairnTrails

/// Tags (reference 6.11). They stand in a document of their own, named by the resource's id: a trail that is made anew under its
/// old name has none.
extension CloudTrailService {
    /// The most resources whose tags are listed at once.
    private static let listCountMax = 20

    private static func key(_ id: UniqueID) -> String { "tags/\(id)" }

    func keep(_ tags: ResourceTags, of id: UniqueID) async throws(APIError) {
        try await changeTags(of: id) { (kept) throws(APIError) in kept = tags }
    }

    func forgetTags(of id: UniqueID) async throws(APIError) {
        do throws(CatalogError) { try await catalog.remove(Self.key(id)) } catch { throw .catalog(error) }
    }

    private func changeTags(
        of id: UniqueID, _ change: (inout ResourceTags) throws(APIError) -> Void
    ) async throws(APIError) {
        let result: Result<Void, APIError>
        do throws(CatalogError) {
            result = try await catalog.update(Self.key(id), initial: ResourceTags(), change)
        } catch { throw .catalog(error) }
        try result.get()
    }

    private func tags(of id: UniqueID) async throws(APIError) -> ResourceTags {
        do throws(CatalogError) {
            return try await catalog.read(Self.key(id), as: ResourceTags.self)?.content ?? ResourceTags()
        } catch { throw .catalog(error) }
    }

    func addTags(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let new = try ResourceTags(request.requests("TagsList") ?? [])
        let id = try await taggable(request.required("ResourceId"), call, toChange: "AddTags")
        try await changeTags(of: id) { (tags) throws(APIError) in try tags.add(new) }
        return .object([])
    }

    func removeTags(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let keys = Set((request.requests("TagsList") ?? []).map { $0.required("Key") })
        let id = try await taggable(request.required("ResourceId"), call, toChange: "RemoveTags")
        try await changeTags(of: id) { (tags) throws(APIError) in tags.remove(keys: keys) }
        return .object([])
    }

    func listTags(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let names = request.texts("ResourceIdList") ?? []
        guard names.count <= Self.listCountMax else {
            throw .validation("ResourceIdList: expected at most \(Self.listCountMax) ARNs, found \(names.count)")
        }
        var list: [StrictJSON] = []
        for name in names {
            let id = try await taggable(name, call, toChange: nil)
            list.append(.object([("ResourceId", .string(name)), ("TagsList", try await tags(of: id).answer)]))
        }
        return .object([("ResourceTagList", .array(list))])
    }

    /// The id of the resource that an ARN names.
    ///
    /// - Parameter toChange: the operation that changes it; nil: it is read.
    private func taggable(_ text: String, _ call: APICall, toChange operation: String?) async throws(APIError)
        -> UniqueID
    {
        guard text.hasPrefix("arn:"), let arn = try? ARN(text), arn.service == "cloudtrail" else {
            throw APIError(
                400, "CloudTrailARNInvalidException",
                "'\(text.prefix(300))' is no ARN of CloudTrail's: expected arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME"
            )
        }
        switch arn.resource.prefix(while: { $0 != "/" }) {
        case "trail":
            let view = TrailView(try await routing(), call)
            guard view.find(try TrailReference(text)) != nil else { throw .noResource(text) }
            let index =
                if let operation { try view.requireOwn(text, operation) } else { try view.require(text) }
            return view.routing.trails[index].id
        case "channel": return try await channel(text, call).id
        case "eventdatastore", "dashboard": throw .noResource(text)
        default:
            throw APIError(
                400, "ResourceTypeNotSupportedException",
                "'\(text.prefix(300))' is nothing that has tags: trails and channels have")
        }
    }
}
