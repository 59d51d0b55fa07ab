extension EventSelector {
    /// The advanced selectors that take the same events, as the console converts them (reference 7.9).
    ///
    /// One for management events and one for each type of resource, so that no trail's basic selectors pass the 500
    /// values that advanced ones may have. `WriteOnly` becomes `readOnly Equals ["false"]`, which leaves out an event
    /// that doesn't say `readOnly`: the door gives every management and data event one.
    package var asAdvanced: [AdvancedEventSelector] {
        var selectors: [AdvancedEventSelector] = []
        if includesManagementEvents {
            var conditions = [FieldSelector(.eventCategory, equals: ["Management"])] + readOnlyCondition
            if !excludedSources.isEmpty { conditions.append(FieldSelector(.eventSource, notEquals: excludedSources)) }
            selectors.append(AdvancedEventSelector(conditions))
        }
        for type in ResourceTypes.basic {
            let values = dataResources.filter { $0.type == type }.flatMap(\.values)
            guard !values.isEmpty else { continue }
            var conditions =
                [FieldSelector(.eventCategory, equals: ["Data"]), FieldSelector(.resourcesType, equals: [type])]
                + readOnlyCondition
            if !values.contains(where: DataResource.isWholeType) {
                let comparison: SelectorOperator = type == "AWS::S3::Object" ? .startsWith : .equals
                conditions.append(FieldSelector(.resourcesARN, [comparison: values]))
            }
            selectors.append(AdvancedEventSelector(conditions))
        }
        return selectors
    }

    private var readOnlyCondition: [FieldSelector] {
        switch readWriteType {
        case .all: []
        case .readOnly: [FieldSelector(.readOnly, equals: ["true"])]
        case .writeOnly: [FieldSelector(.readOnly, equals: ["false"])]
        }
    }
}
