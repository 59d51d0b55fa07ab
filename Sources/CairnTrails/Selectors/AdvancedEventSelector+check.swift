import CairnFormat

extension AdvancedEventSelector {
    /// Checks the selector by the rules for trails (reference 7.4, 7.6).
    ///
    /// - Parameter path: what errors call it: `AdvancedEventSelectors[0]`.
    package func check(at path: String) throws(SelectorError) {
        if let name, name.unicodeScalars.count > 1_000 || name.unicodeScalars.contains("\n") {
            throw .malformed(
                field: "\(path).Name", expected: "at most 1000 characters, in one line",
                found: "\(name.unicodeScalars.count) characters")
        }
        guard !fieldSelectors.isEmpty else {
            throw .malformed(field: "\(path).FieldSelectors", expected: "one condition or more", found: "none")
        }
        for condition in fieldSelectors { try condition.checkShape(at: path) }
        try checkRepeats(path)
        let category = try checkedCategory(path)
        for condition in fieldSelectors { try check(condition, category, path) }
        for (field, rule) in FieldRule.rules(for: category) where rule.isRequired && self[field] == nil {
            throw .invalid(
                field: "\(path).\(field.rawValue)",
                expected: "a condition on \(field.rawValue), which selectors of \(category.name) events need",
                found: "none"
            )
        }
    }

    private func checkRepeats(_ path: String) throws(SelectorError) {
        var seen: Set<SelectorField> = []
        for condition in fieldSelectors where !seen.insert(condition.field).inserted {
            throw .invalid(
                field: "\(path).\(condition.field.rawValue)",
                expected: "one condition for a field: give it several values or operators",
                found: "a second one"
            )
        }
    }

    private func checkedCategory(_ path: String) throws(SelectorError) -> EventCategory {
        let field = "\(path).eventCategory"
        let expected = "Equals with one of Management, Data, NetworkActivity"
        guard let condition = self[.eventCategory] else {
            throw .invalid(field: field, expected: expected, found: "none")
        }
        guard let values = condition.values[.equals], condition.values.count == 1 else {
            let found = condition.values.keys.map(\.rawValue).sorted().joined(separator: ", ")
            throw .invalid(field: field, expected: expected, found: found.isEmpty ? "no operator" : found)
        }
        let found = values.map { "'\($0)'" }.joined(separator: ", ")
        guard values.count == 1 else { throw .invalid(field: field, expected: expected, found: found) }
        if ["Insight", "ConfigurationItem", "Evidence", "ActivityAuditLog"].contains(values[0]) {
            throw .invalid(field: field, expected: "\(expected): \(values[0]) is for event data stores", found: found)
        }
        guard let category = category, [.management, .data, .networkActivity].contains(category) else {
            throw .invalid(field: field, expected: expected, found: found)
        }
        return category
    }

    private func check(_ condition: FieldSelector, _ category: EventCategory, _ path: String) throws(SelectorError) {
        let name = condition.field.rawValue
        let rules = FieldRule.rules(for: category)
        guard let rule = rules[condition.field] else {
            let allowed = SelectorField.allCases.filter { rules[$0] != nil }.map(\.rawValue).joined(separator: ", ")
            throw .invalid(
                field: "\(path).\(name)", expected: "one of \(allowed) in a selector of \(category.name) events",
                found: name)
        }
        let type = self[.resourcesType]?.values[.equals]?.first
        for comparison in SelectorOperator.allCases {
            guard let values = condition.values[comparison] else { continue }
            let field = "\(path).\(name).\(comparison.rawValue)"
            guard rule.operators.contains(comparison) else {
                let allowed = rule.operators.map(\.rawValue).joined(separator: ", ")
                throw .invalid(
                    field: field,
                    expected: "\(allowed) for \(name) of \(category.name) events",
                    found: comparison.rawValue
                )
            }
            if rule.hasOneValue, values.count != 1 {
                throw .invalid(field: field, expected: "one value", found: "\(values.count) values")
            }
            for value in values {
                if let expected = rule.values.objection(to: value, comparison, resourceType: type) {
                    throw .invalid(field: field, expected: expected, found: "'\(value)'")
                }
            }
        }
    }
}

extension FieldSelector {
    /// Checks what the shape of the request rules out, whatever the category.
    fileprivate func checkShape(at path: String) throws(SelectorError) {
        let path = "\(path).\(field.rawValue)"
        guard !values.isEmpty else {
            throw .invalid(
                field: path,
                expected: "one or more of " + SelectorOperator.allCases.map(\.rawValue).joined(separator: ", "),
                found: "no operator"
            )
        }
        for comparison in SelectorOperator.allCases {
            guard let list = values[comparison] else { continue }
            guard !list.isEmpty else {
                throw .malformed(field: "\(path).\(comparison.rawValue)", expected: "one value or more", found: "none")
            }
            for value in list
            where !(1...2_048).contains(value.unicodeScalars.count) || value.unicodeScalars.contains("\n") {
                throw .malformed(
                    field: "\(path).\(comparison.rawValue)",
                    expected: "values of 1 to 2048 characters, in one line",
                    found: "\(value.unicodeScalars.count) characters"
                )
            }
        }
    }
}
