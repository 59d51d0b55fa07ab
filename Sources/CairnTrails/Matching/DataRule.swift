import CairnFormat

/// A selector of data or network activity events, ready to be compared with events (reference 7.5).
///
/// What the outline says is asked first, so that most events that no trail takes need not be read again.
struct DataRule: Sendable {
    let category: EventCategory
    private let takesUnsaid: Bool
    private let takesReads: Bool
    private let takesWrites: Bool
    /// The type of resource; nil for network activity events.
    private let resourceType: ValuePattern?
    /// What a resource of the type must be called; nil if any will do.
    private let resourceARN: ValuePattern?
    private let others: [(field: SelectorField, pattern: ValuePattern)]

    /// - Returns: nil for a selector of management events.
    init?(_ selector: AdvancedEventSelector) {
        guard let category = selector.category, category == .data || category == .networkActivity else { return nil }
        let readOnly = ValuePattern(selector[.readOnly]?.values ?? [:])
        self.category = category
        takesUnsaid = readOnly.matches(EventOutline.ReadOnly.unsaid.text)
        takesReads = readOnly.matches(EventOutline.ReadOnly.yes.text)
        takesWrites = readOnly.matches(EventOutline.ReadOnly.no.text)
        resourceType = selector[.resourcesType].map { ValuePattern($0.values) }
        resourceARN = selector[.resourcesARN].map { ValuePattern($0.values) }
        let known: [SelectorField] = [.eventCategory, .readOnly, .resourcesType, .resourcesARN]
        others = selector.fieldSelectors.filter { !known.contains($0.field) }.map {
            ($0.field, ValuePattern($0.values))
        }
    }

    init(_ resource: DataResource, _ readWriteType: ReadWriteType) {
        category = .data
        takesUnsaid = readWriteType.takes(.unsaid)
        takesReads = readWriteType.takes(.yes)
        takesWrites = readWriteType.takes(.no)
        resourceType = ValuePattern([.equals: [resource.type]])
        if resource.values.contains(where: DataResource.isWholeType) {
            resourceARN = nil
        } else {
            // S3 values are the beginnings of ARNs: a bucket's ends in a slash.
            resourceARN = ValuePattern([resource.type == "AWS::S3::Object" ? .startsWith : .equals: resource.values])
        }
        others = []
    }

    /// Whether the outline leaves it possible that the selector takes the event.
    func mayTake(_ readOnly: EventOutline.ReadOnly) -> Bool {
        switch readOnly {
        case .unsaid: takesUnsaid
        case .yes: takesReads
        case .no: takesWrites
        }
    }

    /// Whether the selector takes the event, whose outline it ``mayTake(_:)``.
    func takes(_ facts: EventFacts) -> Bool {
        if let resourceType, !hasResource(facts, resourceType) { return false }
        for (field, pattern) in others where !pattern.matches(facts[field]) { return false }
        return true
    }

    /// Whether one of the event's resources of the type has a name that passes. So an event on two tables is taken if
    /// either is selected, and one on a table with a stream is taken by the table's type and by the stream's.
    private func hasResource(_ facts: EventFacts, _ type: ValuePattern) -> Bool {
        facts.resources.contains { resource in
            type.matches(resource.type) && (resourceARN?.matches(resource.arn) ?? true)
        }
    }
}

extension Selectors {
    /// The selectors of data and network activity events.
    var dataRules: [DataRule] {
        switch self {
        case .basic(let selectors):
            selectors.flatMap { selector in selector.dataResources.map { DataRule($0, selector.readWriteType) } }
        case .advanced(let selectors): selectors.compactMap { DataRule($0) }
        }
    }
}

extension EventFacts {
    /// The text of a field that stands by itself in the record.
    fileprivate subscript(_ field: SelectorField) -> String? {
        switch field {
        case .eventSource: eventSource
        case .eventName: eventName
        case .eventType: eventType
        case .sessionCredentialFromConsole: sessionCredentialFromConsole
        case .userIdentityARN: userIdentityARN
        case .errorCode: errorCode
        case .vpcEndpointId: vpcEndpointId
        case .readOnly: readOnly
        case .eventCategory, .resourcesType, .resourcesARN: nil
        }
    }
}
