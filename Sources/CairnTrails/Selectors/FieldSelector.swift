/// One condition of an advanced selector: a field and the values it is compared with (reference 7.4).
///
/// ``AdvancedEventSelector/check(at:)`` says whether CloudTrail would take it; a value by itself may break its rules.
package struct FieldSelector: Sendable, Hashable, Codable {
    package let field: SelectorField
    /// The values of each operator given. The operators of an accepted selector have one value or more.
    package let values: [SelectorOperator: [String]]

    package init(_ field: SelectorField, _ values: [SelectorOperator: [String]]) {
        (self.field, self.values) = (field, values)
    }

    package init(
        _ field: SelectorField,
        equals: [String]? = nil,
        startsWith: [String]? = nil,
        endsWith: [String]? = nil,
        notEquals: [String]? = nil,
        notStartsWith: [String]? = nil,
        notEndsWith: [String]? = nil
    ) {
        var values: [SelectorOperator: [String]] = [:]
        values[.equals] = equals
        values[.startsWith] = startsWith
        values[.endsWith] = endsWith
        values[.notEquals] = notEquals
        values[.notStartsWith] = notStartsWith
        values[.notEndsWith] = notEndsWith
        self.init(field, values)
    }

    /// How many values it has over all operators.
    package var valueCount: Int { values.values.reduce(0) { $0 + $1.count } }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: MemberName.self)
        let name = try container.decode(String.self, forKey: "Field")
        field = try Self.field(named: name, at: MemberName.path(container.codingPath))
        var values: [SelectorOperator: [String]] = [:]
        for comparison in SelectorOperator.allCases {
            values[comparison] = try container.decodeIfPresent([String].self, forKey: MemberName(comparison.rawValue))
        }
        self.values = values
    }

    private static func field(named name: String, at path: String) throws(SelectorError) -> SelectorField {
        if let field = SelectorField(rawValue: name) { return field }
        let isWellFormed = name.unicodeScalars.allSatisfy { c in
            c.properties.isAlphabetic || c.properties.numericType != nil || c == "." || c == "_" || c == "|"
        }
        guard (1...1_000).contains(name.unicodeScalars.count), isWellFormed else {
            throw .malformed(
                field: "\(path).Field", expected: "1 to 1000 letters, digits, '.' or '_'", found: "'\(name)'")
        }
        throw .invalid(
            field: "\(path).Field",
            expected: "one of " + SelectorField.allCases.map(\.rawValue).joined(separator: ", "),
            found: "'\(name)'"
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: MemberName.self)
        try container.encode(field.rawValue, forKey: "Field")
        for comparison in SelectorOperator.allCases {
            try container.encodeIfPresent(values[comparison], forKey: MemberName(comparison.rawValue))
        }
    }
}
