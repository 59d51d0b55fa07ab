import CairnFormat

extension Selectors {
    /// Whether any selector takes a management event with this outline: all that management selectors may ask is there.
    func takesManagement(_ readOnly: EventOutline.ReadOnly, _ excludable: EventOutline.ExcludableSource) -> Bool {
        switch self {
        case .basic(let selectors): selectors.contains { $0.takesManagement(readOnly, excludable) }
        case .advanced(let selectors): selectors.contains { $0.takesManagement(readOnly, excludable) }
        }
    }
}

extension ReadWriteType {
    /// `WriteOnly` takes whatever isn't known to read only.
    func takes(_ readOnly: EventOutline.ReadOnly) -> Bool {
        switch self {
        case .all: true
        case .readOnly: readOnly == .yes
        case .writeOnly: readOnly != .yes
        }
    }
}

extension EventSelector {
    fileprivate func takesManagement(
        _ readOnly: EventOutline.ReadOnly,
        _ excludable: EventOutline.ExcludableSource
    ) -> Bool {
        includesManagementEvents && readWriteType.takes(readOnly)
            && !excludedSources.contains { $0 == excludable.source }
    }
}

extension AdvancedEventSelector {
    fileprivate func takesManagement(
        _ readOnly: EventOutline.ReadOnly,
        _ excludable: EventOutline.ExcludableSource
    ) -> Bool {
        guard category == .management else { return false }
        return fieldSelectors.allSatisfy { condition in
            let pattern = ValuePattern(condition.values)
            return switch condition.field {
            case .eventCategory: true
            case .readOnly: pattern.matches(readOnly.text)
            // Any other source is none that a selector may name.
            case .eventSource: pattern.matches(excludable.source)
            default: false
            }
        }
    }
}

extension EventOutline.ReadOnly {
    /// As selectors spell it; nil if the event doesn't say.
    var text: String? {
        switch self {
        case .unsaid: nil
        case .yes: "true"
        case .no: "false"
        }
    }
}

extension EventOutline.ExcludableSource {
    fileprivate var source: String? {
        switch self {
        case .none: nil
        case .kms: "kms.amazonaws.com"
        case .rdsdata: "rdsdata.amazonaws.com"
        }
    }
}
