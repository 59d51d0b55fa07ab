import CairnFormat

/// The resources of one type whose data events a basic selector takes (`DataResources`, reference 7.2).
package struct DataResource: Sendable, Hashable, Codable {
    /// One of ``ResourceTypes/basic``.
    package let type: String
    /// ARNs; of S3 objects also the beginning of ARNs; or, for all resources of the type, `arn:aws:<service>`.
    package let values: [String]

    package init(type: String, values: [String]) { (self.type, self.values) = (type, values) }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case values = "Values"
    }

    /// Whether a value stands for all resources of its type.
    package static func isWholeType(_ value: String) -> Bool {
        let parts = value.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 3 || parts.dropFirst(3).allSatisfy(\.isEmpty)
    }

    /// Checks type and values by reference 7.2.
    func check(at path: String) throws(SelectorError) {
        guard ResourceTypes.basic.contains(type) else {
            throw .invalid(
                field: "\(path).Type",
                expected: ResourceTypes.basic.joined(separator: ", ") + "; other types need advanced selectors",
                found: "'\(type)'"
            )
        }
        guard !values.isEmpty else {
            throw .invalid(field: "\(path).Values", expected: "one value or more", found: "none")
        }
        for value in values where !isAccepted(value) {
            throw .invalid(field: "\(path).Values", expected: expectedValues, found: "'\(value)'")
        }
    }

    private var expectedValues: String {
        switch type {
        case "AWS::S3::Object": "arn:aws:s3, arn:aws:s3:::<bucket>/ or arn:aws:s3:::<bucket>/<beginning of key>"
        case "AWS::Lambda::Function": "arn:aws:lambda or arn:aws:lambda:<region>:<account>:function:<name>"
        default: "arn:aws:dynamodb or arn:aws:dynamodb:<region>:<account>:table/<table>"
        }
    }

    private func isAccepted(_ value: String) -> Bool {
        if ResourceARNForm.objection(to: value, resourceType: type) == nil { return true }
        let parts = value.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0] == "arn", ResourceARNForm.isPartition(String(parts[1])) else { return false }
        switch type {
        case "AWS::S3::Object":
            return parts[2] == "s3" && (parts.count == 3 || parts.count == 6 && parts[3...].allSatisfy(\.isEmpty))
        case "AWS::Lambda::Function": return parts[2] == "lambda" && parts.count == 3
        default: return parts[2] == "dynamodb" && parts.count == 3
        }
    }
}
