import CairnFormat

/// What a field takes in an advanced selector of one category, for trails: the table of reference 7.6.
struct FieldRule: Sendable {
    let isRequired: Bool
    let operators: [SelectorOperator]
    /// Whether each operator takes one value only.
    let hasOneValue: Bool
    let values: Values

    /// Which values a field takes.
    enum Values: Sendable {
        case any
        case listed([String])
        case networkActivitySource
        case resourceType
        case resourceARN

        /// Whether a list of ASCII names has a value, byte by byte: to Swift a KELVIN SIGN is a K.
        private static func stands(_ value: String, in list: some Collection<String>) -> Bool {
            value.utf8.allSatisfy { $0 < 0x80 } && list.contains(value)
        }

        /// What is expected instead of `value`; nil if the value is fine.
        func objection(to value: String, _ comparison: SelectorOperator, resourceType: String?) -> String? {
            switch self {
            case .any: nil
            case .listed(let list): Self.stands(value, in: list) ? nil : list.joined(separator: " or ")
            case .networkActivitySource:
                Self.stands(value, in: NetworkActivitySources.all)
                    ? nil : "a source of network activity events, such as kms.amazonaws.com (reference 7.6)"
            case .resourceType:
                Self.stands(value, in: ResourceTypes.all)
                    ? nil : "a type of resource that has data events, such as AWS::S3::Object (reference 7.7)"
            case .resourceARN:
                // A part of an ARN is what StartsWith and EndsWith are for.
                comparison == .equals || comparison == .notEquals
                    ? ResourceARNForm.objection(to: value, resourceType: resourceType ?? "") : nil
            }
        }
    }

    private init(
        _ operators: [SelectorOperator],
        _ values: Values = .any,
        isRequired: Bool = false,
        hasOneValue: Bool = false
    ) {
        self.operators = operators
        self.values = values
        self.isRequired = isRequired
        self.hasOneValue = hasOneValue
    }

    private static let any = FieldRule(SelectorOperator.allCases)
    // Its values are checked before the rules are looked up: they say which rules hold.
    private static let eventCategory = FieldRule([.equals], isRequired: true, hasOneValue: true)

    /// The fields that selectors of a category may name; empty for categories that trails don't select.
    static func rules(for category: EventCategory) -> [SelectorField: FieldRule] {
        switch category {
        case .management: management
        case .data: data
        case .networkActivity: networkActivity
        case .insight, .aggregated: [:]
        }
    }

    private static let management: [SelectorField: FieldRule] = [
        .eventCategory: eventCategory,
        .readOnly: FieldRule([.equals], .listed(["true", "false"])),
        .eventSource: FieldRule([.notEquals], .listed(EventSelector.excludableSources)),
    ]

    private static let data: [SelectorField: FieldRule] = [
        .eventCategory: eventCategory,
        .readOnly: FieldRule([.equals], .listed(["true", "false"])),
        .eventSource: any,
        .eventName: any,
        .eventType: any,
        .resourcesType: FieldRule([.equals], .resourceType, isRequired: true, hasOneValue: true),
        .resourcesARN: FieldRule(SelectorOperator.allCases, .resourceARN),
        .sessionCredentialFromConsole: FieldRule([.equals, .notEquals], .listed(["true"])),
        .userIdentityARN: any,
    ]

    private static let networkActivity: [SelectorField: FieldRule] = [
        .eventCategory: eventCategory,
        .eventSource: FieldRule([.equals], .networkActivitySource, isRequired: true, hasOneValue: true),
        .eventName: any,
        .userIdentityARN: any,
        .errorCode: FieldRule([.equals], .listed(["VpceAccessDenied"])),
        .vpcEndpointId: any,
    ]
}
