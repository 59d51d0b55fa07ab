import CairnFormat
import CairnTrails
import FoundationEssentials

/// Event and Insights selectors of trails (reference 7 and 8.5).
extension CloudTrailService {
    func getEventSelectors(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let routing = try await routing()
        return try Self.answer(
            routing.trails[try TrailView(routing, call).require(request.required("TrailName"))], \.selectors)
    }

    /// Both kinds of selectors overwrite what was there, of whichever kind it was.
    func putEventSelectors(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let selectors: Selectors
        do throws(SelectorError) { selectors = try Selectors(json: Array(request.json.json.utf8)) } catch {
            throw APIError(400, error.code, error.description)
        }
        let trail: Trail = try await change(call) { (routing) throws(APIError) in
            let index = try TrailView(routing, call).requireOwn(request.required("TrailName"), "PutEventSelectors")
            routing.trails[index].selectors = selectors
            try Self.checkSize(of: routing.trails.filter { $0.account == routing.trails[index].account })
            return routing.trails[index]
        }
        return try Self.answer(trail, \.selectors)
    }

    /// What the selectors of an account's trails may take in the document that all trails share.
    private static let byteCountMax = 256 << 10

    private static func checkSize(of trails: [Trail]) throws(APIError) {
        var byteCount = 0
        for trail in trails { byteCount += try answer(trail, \.selectors).json.utf8.count }
        guard byteCount <= byteCountMax else {
            throw APIError(
                400, "InvalidEventSelectorsException",
                "the event selectors of an account's trails may take \(byteCountMax) bytes together; these would take \(byteCount)"
            )
        }
    }

    func getInsightSelectors(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let name = try Self.insightTrail(request)
        let routing = try await routing()
        let trail = routing.trails[try TrailView(routing, call).require(name)]
        guard !trail.insights.isEmpty else {
            throw APIError(
                400, "InsightNotEnabledException",
                "Trail \(trail.arn) does not have Insights enabled. Edit the trail settings to enable Insights, and then try "
                    + "the operation again.")
        }
        return Self.insights(of: trail)
    }

    func putInsightSelectors(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let name = try Self.insightTrail(request)
        var insights: [InsightSelector] = []
        for selector in request.requests("InsightSelectors") ?? [] {
            guard let kind = selector.text("InsightType").flatMap(InsightSelector.Kind.init) else {
                throw .badInsights("each selector has an InsightType")
            }
            guard !insights.contains(where: { $0.kind == kind }) else {
                throw .badInsights("\(kind.rawValue) stands there twice")
            }
            var sources: [InsightSelector.Source] = []
            for source in (selector.texts("EventCategories") ?? []).compactMap(InsightSelector.Source.init)
            where !sources.contains(source) { sources.append(source) }
            insights.append(InsightSelector(kind: kind, sources: sources.isEmpty ? [.management] : sources))
        }
        let wanted = insights
        let trail: Trail = try await change(call) { (routing) throws(APIError) in
            let index = try TrailView(routing, call).requireOwn(name, "PutInsightSelectors")
            routing.trails[index].insights = wanted
            return routing.trails[index]
        }
        return Self.insights(of: trail)
    }

    /// The trail that Insights are asked of. Event data stores, the other thing that has them, are not here yet.
    private static func insightTrail(_ request: Request) throws(APIError) -> String {
        let isStore = request.has("EventDataStore") || request.has("InsightsDestination")
        guard let name = request.text("TrailName") else {
            guard isStore else {
                throw APIError(
                    400, "InvalidParameterException", "expected TrailName, or EventDataStore and InsightsDestination")
            }
            throw APIError(
                400, "UnsupportedOperationException", "event data stores are not supported by this cairn yet")
        }
        guard !isStore else {
            throw APIError(
                400, "InvalidParameterCombinationException",
                "expected TrailName, or EventDataStore and InsightsDestination, found both")
        }
        return name
    }

    private static func insights(of trail: Trail) -> StrictJSON {
        .object([
            ("TrailARN", .string(trail.arn)),
            (
                "InsightSelectors",
                .array(
                    trail.insights.map { selector in
                        .object([
                            ("InsightType", .string(selector.kind.rawValue)),
                            ("EventCategories", .array(selector.sources.map { .string($0.rawValue) })),
                        ])
                    })
            ),
        ])
    }

    /// Selectors as they are written everywhere: `EventSelectors` or `AdvancedEventSelectors`.
    private static func answer(_ trail: Trail, _ selectors: (Trail) -> Selectors) throws(APIError) -> StrictJSON {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(selectors(trail)),
            case .object(let members)? = try? StrictJSON.parse(Array(bytes))
        else { preconditionFailure("selectors can be written, and read again") }
        return .object([("TrailARN", .string(trail.arn))] + members)
    }
}
