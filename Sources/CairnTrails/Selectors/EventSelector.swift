/// A basic event selector (reference 7.2). The members left out have CloudTrail's defaults.
///
///     {"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[],"ExcludeManagementEventSources":[]}
package struct EventSelector: Sendable, Hashable, Codable {
    /// Holds for management and data events alike.
    package let readWriteType: ReadWriteType
    package let includesManagementEvents: Bool
    package let dataResources: [DataResource]
    /// Sources whose management events are left out: of ``excludableSources``.
    package let excludedSources: [String]

    package static let excludableSources = ["kms.amazonaws.com", "rdsdata.amazonaws.com"]

    package init(
        readWriteType: ReadWriteType = .all,
        includesManagementEvents: Bool = true,
        dataResources: [DataResource] = [],
        excludedSources: [String] = []
    ) {
        self.readWriteType = readWriteType
        self.includesManagementEvents = includesManagementEvents
        self.dataResources = dataResources
        self.excludedSources = excludedSources
    }

    /// How many values its data resources have; a trail may have 250.
    package var dataResourceCount: Int { dataResources.reduce(0) { $0 + $1.values.count } }

    /// Checks the selector by reference 7.2.
    ///
    /// - Parameter path: what errors call it: `EventSelectors[0]`.
    package func check(at path: String) throws(SelectorError) {
        for (i, resource) in dataResources.enumerated() { try resource.check(at: "\(path).DataResources[\(i)]") }
        let field = "\(path).ExcludeManagementEventSources"
        for source in excludedSources where !Self.excludableSources.contains(source) {
            throw .invalid(
                field: field, expected: Self.excludableSources.joined(separator: " or "), found: "'\(source)'")
        }
        guard Set(excludedSources).count == excludedSources.count else {
            throw .invalid(field: field, expected: "each source once", found: "\(excludedSources.count) of them")
        }
        guard excludedSources.isEmpty || includesManagementEvents else {
            throw .invalid(
                field: field,
                expected: "no source while IncludeManagementEvents is false",
                found: excludedSources.joined(separator: ", ")
            )
        }
    }

    private enum CodingKeys: String, CodingKey {
        case readWriteType = "ReadWriteType"
        case includesManagementEvents = "IncludeManagementEvents"
        case dataResources = "DataResources"
        case excludedSources = "ExcludeManagementEventSources"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        var readWriteType = ReadWriteType.all
        if let text = try container.decodeIfPresent(String.self, forKey: .readWriteType) {
            guard let named = ReadWriteType(rawValue: text) else {
                throw SelectorError.invalid(
                    field: "\(MemberName.path(container.codingPath)).ReadWriteType",
                    expected: ReadWriteType.allCases.map(\.rawValue).joined(separator: ", "),
                    found: "'\(text)'"
                )
            }
            readWriteType = named
        }
        self.init(
            readWriteType: readWriteType,
            includesManagementEvents: try container.decodeIfPresent(Bool.self, forKey: .includesManagementEvents)
                ?? true,
            dataResources: try container.decodeIfPresent([DataResource].self, forKey: .dataResources) ?? [],
            excludedSources: try container.decodeIfPresent([String].self, forKey: .excludedSources) ?? []
        )
    }
}
