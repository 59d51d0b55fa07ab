package import CairnFormat

/// An advanced event selector: conditions on fields, all of which an event must meet (reference 7.4 to 7.6).
///
///     {"Name":"writes","FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},
///                                        {"Field":"readOnly","Equals":["false"]}]}
package struct AdvancedEventSelector: Sendable, Hashable, Codable {
    /// Up to 1000 characters, for people.
    package let name: String?
    package let fieldSelectors: [FieldSelector]

    package init(name: String? = nil, _ fieldSelectors: [FieldSelector]) {
        (self.name, self.fieldSelectors) = (name, fieldSelectors)
    }

    /// How many values it has over all conditions; a trail may have 500.
    package var valueCount: Int { fieldSelectors.reduce(0) { $0 + $1.valueCount } }

    /// The category it takes; nil for a selector that ``check(at:)`` would refuse for its `eventCategory`.
    package var category: EventCategory? {
        guard let values = self[.eventCategory]?.values[.equals], values.count == 1 else { return nil }
        return EventCategory(name: values[0])
    }

    /// The condition on a field, if there is one.
    package subscript(_ field: SelectorField) -> FieldSelector? { fieldSelectors.first { $0.field == field } }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case fieldSelectors = "FieldSelectors"
    }
}
