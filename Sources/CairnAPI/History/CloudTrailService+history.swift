import CairnFormat
import CairnSystem

/// Event history (reference 9).
extension CloudTrailService {
    private static let pageEventCountMax = 50
    private static let valueCountMax = 2_000
    /// How far back events are looked up.
    private static let historySeconds: Int64 = 90 * 86_400
    /// What Insights events are found by; the others are not theirs.
    private static let insightAttributes: Set<LookupAttribute> = [.eventID, .eventName, .eventSource]

    func lookupEvents(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let (attribute, value) = try Self.attribute(request.requests("LookupAttributes") ?? [])
        let (start, end) = (request.time("StartTime"), request.time("EndTime"))
        if let start, let end, start > end {
            throw APIError(400, "InvalidTimeRangeException", "StartTime is after EndTime")
        }
        let oldest = call.time.seconds - Self.historySeconds
        let query = [
            "LookupEvents", call.account.description, call.region.name, attribute?.rawValue ?? "", value,
            start.map { "\($0.milliseconds)" } ?? "", end.map { "\($0.milliseconds)" } ?? "",
            request.text("EventCategory") ?? "",
        ]
        var after: String?
        if let token = request.text("NextToken"), !token.isEmpty {
            guard let place = tokens.place(token, of: query) else { throw .badToken }
            after = place
        }
        if request.text("EventCategory") != nil {
            if let attribute, !Self.insightAttributes.contains(attribute) {
                throw .badAttributes("Insights events are found by EventId, EventName and EventSource")
            }
            // Nobody makes Insights events here yet: there are none.
            return .object([("Events", .array([]))])
        }
        let page = try await node.lookup(
            EventQuery(
                account: call.account, region: call.region, attribute: attribute, value: value,
                start: max(oldest, start.map { ($0.milliseconds + 999) / 1_000 } ?? oldest),
                end: end?.seconds ?? .max >> 2, after: after,
                limit: request.integer("MaxResults") ?? Self.pageEventCountMax))
        let next = page.next.map { [(name: "NextToken", value: StrictJSON.string(tokens.token(at: $0, of: query)))] }
        return .object([("Events", .array(page.events.map(Self.answer)))] + (next ?? []))
    }

    private static func attribute(_ list: [Request]) throws(APIError) -> (attribute: LookupAttribute?, value: String) {
        guard list.count <= 1 else {
            throw .badAttributes("expected at most one attribute, found \(list.count)")
        }
        guard let first = list.first else { return (nil, "") }
        let value = first.required("AttributeValue")
        // These letters count twice (reference 9.2).
        let count = value.unicodeScalars.reduce(0) { $0 + ("_ ,\n".unicodeScalars.contains($1) ? 2 : 1) }
        guard count <= valueCountMax else {
            throw .badAttributes(
                "expected an AttributeValue of at most \(valueCountMax) characters, '_', ' ', ',' and line ends counted "
                    + "twice, found \(count)")
        }
        return (LookupAttribute(rawValue: first.required("AttributeKey")), value)
    }

    private static func answer(_ event: EventPage.Event) -> StrictJSON {
        let lookup = event.lookup
        let members: [(name: String, value: StrictJSON?)] = [
            ("EventId", lookup.eventID.map { .string($0) }), ("EventName", lookup.eventName.map { .string($0) }),
            ("ReadOnly", lookup.readOnly.map { .string($0) }),
            ("AccessKeyId", lookup.accessKeyID.map { .string($0) }), ("EventTime", .number("\(event.time)")),
            ("EventSource", lookup.eventSource.map { .string($0) }),
            ("Username", lookup.username.map { .string($0) }),
            (
                "Resources",
                .array(
                    lookup.resources.map { resource in
                        .object(
                            (resource.type.map { [("ResourceType", .string($0))] } ?? [])
                                + [("ResourceName", .string(resource.name))])
                    })
            ), ("CloudTrailEvent", .string(event.json)),
        ]
        return .object(members.compactMap { name, value in value.map { (name, $0) } })
    }
}
