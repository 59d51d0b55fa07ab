/// A kind of unusual activity that a trail wants to hear of (reference 8.5).
package struct InsightSelector: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case callRate = "ApiCallRateInsight"
        case errorRate = "ApiErrorRateInsight"
    }

    /// The events that are watched.
    package enum Source: String, Sendable, Codable, CaseIterable {
        case management = "Management"
        case data = "Data"
    }

    package let kind: Kind
    /// In the order given; one or more, each once.
    package let sources: [Source]

    package init(kind: Kind, sources: [Source] = [.management]) { (self.kind, self.sources) = (kind, sources) }

    private enum CodingKeys: String, CodingKey {
        case kind = "InsightType"
        case sources = "EventCategories"
    }
}
