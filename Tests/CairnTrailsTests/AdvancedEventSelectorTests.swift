import CairnTrails
import Testing

@Suite("An advanced event selector (reference 7.4, 7.6)")
struct AdvancedEventSelectorTests {
    /// The table of reference 7.6 for trails. E: Equals; N: NotEquals; any: all six operators; -: not allowed; !:
    /// required.
    static let table: [(field: SelectorField, management: String, data: String, networkActivity: String)] = [
        (.eventCategory, "E!", "E!", "E!"),
        (.readOnly, "E", "E", "-"),
        (.eventSource, "N", "any", "E!"),
        (.eventName, "-", "any", "any"),
        (.eventType, "-", "any", "-"),
        (.resourcesType, "-", "E!", "-"),
        (.resourcesARN, "-", "any", "-"),
        (.sessionCredentialFromConsole, "-", "EN", "-"),
        (.userIdentityARN, "-", "any", "any"),
        (.errorCode, "-", "-", "E"),
        (.vpcEndpointId, "-", "-", "any"),
    ]

    struct Cell: Sendable, CustomTestStringConvertible {
        let category: String
        let field: SelectorField
        let comparison: SelectorOperator
        let isAllowed: Bool
        let isRequired: Bool

        var testDescription: String { "\(category) \(field.rawValue) \(comparison.rawValue)" }
    }

    static let cells: [Cell] = table.flatMap { row in
        [("Management", row.management), ("Data", row.data), ("NetworkActivity", row.networkActivity)].flatMap {
            category, rule in
            SelectorOperator.allCases.map { comparison in
                let isAllowed =
                    rule == "any" || rule.hasPrefix("E") && comparison == .equals
                    || rule.contains("N") && comparison == .notEquals
                return Cell(
                    category: category,
                    field: row.field,
                    comparison: comparison,
                    isAllowed: isAllowed,
                    isRequired: rule.hasSuffix("!")
                )
            }
        }
    }

    /// A value that the field takes.
    static func value(_ field: SelectorField, _ category: String) -> String {
        switch field {
        case .eventCategory: category
        case .readOnly, .sessionCredentialFromConsole: "true"
        case .eventSource: "kms.amazonaws.com"
        case .eventName: "Decrypt"
        case .eventType: "AwsApiCall"
        case .resourcesType: "AWS::S3::Object"
        case .resourcesARN: "arn:aws:s3:::bucket/key"
        case .userIdentityARN: "arn:aws:iam::111122223333:user/alice"
        case .errorCode: "VpceAccessDenied"
        case .vpcEndpointId: "vpce-0123456789abcdef0"
        }
    }

    /// The least selector of a category that CloudTrail takes, without the conditions on `field`.
    static func least(_ category: String, without field: SelectorField? = nil) -> [FieldSelector] {
        let required: [SelectorField] =
            switch category {
            case "Data": [.eventCategory, .resourcesType]
            case "NetworkActivity": [.eventCategory, .eventSource]
            default: [.eventCategory]
            }
        return required.filter { $0 != field }.map { FieldSelector($0, equals: [value($0, category)]) }
    }

    private func objection(_ conditions: [FieldSelector]) -> SelectorError? {
        Selectors.advanced([AdvancedEventSelector(conditions)]).objection
    }

    @Test("takes a field with an operator where the table says so", arguments: cells)
    func cell(_ cell: Cell) {
        let condition = FieldSelector(cell.field, [cell.comparison: [Self.value(cell.field, cell.category)]])
        let error = objection(Self.least(cell.category, without: cell.field) + [condition])
        #expect((error == nil) == cell.isAllowed)
        #expect(error?.code ?? "InvalidEventSelectorsException" == "InvalidEventSelectorsException")
    }

    @Test("needs the fields that the table calls required", arguments: cells.filter { $0.comparison == .equals })
    func required(_ cell: Cell) {
        let rest = Self.least(cell.category, without: cell.field)
        let error = objection(rest.isEmpty ? [FieldSelector(.readOnly, equals: ["true"])] : rest)
        guard cell.isRequired else { return #expect(error == nil) }
        #expect(error?.code == "InvalidEventSelectorsException")
        #expect(error?.field == "AdvancedEventSelectors[0].\(cell.field.rawValue)")
    }

    @Test("is of one category that trails log", arguments: ["Management", "Data", "NetworkActivity"])
    func categories(category: String) {
        #expect(objection(Self.least(category)) == nil)
    }

    @Test(
        "is of no other category: those of event data stores, unknown ones, two at once",
        arguments: [
            ["Insight"], ["ConfigurationItem"], ["Evidence"], ["ActivityAuditLog"], ["Aggregated"], ["management"],
            ["data "],
            ["Management", "Data"], ["Management", "Management"],
        ]
    )
    func otherCategories(values: [String]) {
        let error = objection([FieldSelector(.eventCategory, equals: values)])
        #expect(error?.code == "InvalidEventSelectorsException")
        #expect(error?.field == "AdvancedEventSelectors[0].eventCategory")
    }

    @Test("says of categories of event data stores that they are")
    func lakeOnly() {
        let error = objection([FieldSelector(.eventCategory, equals: ["Evidence"])])
        #expect(error?.expected.contains("event data stores") == true)
    }

    @Test(
        "takes listed values only",
        arguments: [
            ("Management", FieldSelector(.readOnly, equals: ["True"])),
            ("Management", FieldSelector(.readOnly, equals: ["true", "maybe"])),
            ("Management", FieldSelector(.eventSource, notEquals: ["ec2.amazonaws.com"])),
            ("Data", FieldSelector(.readOnly, equals: ["TRUE"])),
            ("Data", FieldSelector(.sessionCredentialFromConsole, equals: ["false"])),
            ("Data", FieldSelector(.sessionCredentialFromConsole, notEquals: ["false"])),
            ("NetworkActivity", FieldSelector(.errorCode, equals: ["AccessDenied"])),
        ]
    )
    func listedValues(category: String, condition: FieldSelector) {
        #expect(objection(Self.least(category) + [condition])?.code == "InvalidEventSelectorsException")
    }

    @Test(
        "takes these",
        arguments: [
            ("Management", FieldSelector(.readOnly, equals: ["true", "false"])),
            ("Management", FieldSelector(.eventSource, notEquals: ["kms.amazonaws.com", "rdsdata.amazonaws.com"])),
            ("Data", FieldSelector(.readOnly, equals: ["false"])),
            ("Data", FieldSelector(.eventName, equals: ["Get*"], notEndsWith: ["?"])),
            ("NetworkActivity", FieldSelector(.vpcEndpointId, startsWith: ["vpce-"])),
        ]
    )
    func goodValues(category: String, condition: FieldSelector) {
        #expect(objection(Self.least(category) + [condition]) == nil)
    }

    @Test("has one resources.type, of the closed list")
    func resourceType() {
        let head = FieldSelector(.eventCategory, equals: ["Data"])
        for type in ResourceTypes.sorted {
            #expect(objection([head, FieldSelector(.resourcesType, equals: [type])]) == nil)
        }
        for values in [
            ["AWS::S3::Object", "AWS::SQS::Queue"], ["AWS::QApps:QApp"], ["AWS::EC2::Instance"], ["aws::s3::object"],
        ] {
            let error = objection([head, FieldSelector(.resourcesType, equals: values)])
            #expect(error?.field == "AdvancedEventSelectors[0].resources.type.Equals")
            #expect(error?.code == "InvalidEventSelectorsException")
        }
    }

    @Test("has one source of network activity, of the closed list")
    func networkActivitySource() {
        let head = FieldSelector(.eventCategory, equals: ["NetworkActivity"])
        for source in NetworkActivitySources.all {
            #expect(objection([head, FieldSelector(.eventSource, equals: [source])]) == nil)
        }
        for values in [["kms.amazonaws.com", "s3.amazonaws.com"], ["kms"], ["iam.amazonaws.com"]] {
            #expect(
                objection([head, FieldSelector(.eventSource, equals: values)])?.code == "InvalidEventSelectorsException"
            )
        }
    }

    @Test("names a field once")
    func repeatedField() {
        let twice = [FieldSelector(.eventName, equals: ["a"]), FieldSelector(.eventName, notEquals: ["b"])]
        #expect(objection(Self.least("Data") + twice)?.field == "AdvancedEventSelectors[0].eventName")
        let category = FieldSelector(.eventCategory, equals: ["Management"])
        #expect(objection([category, category])?.code == "InvalidEventSelectorsException")
    }

    @Test("has a condition, with an operator, with a value")
    func emptiness() {
        #expect(objection([])?.code == "ValidationException")
        #expect(objection(Self.least("Data") + [FieldSelector(.eventName)])?.code == "InvalidEventSelectorsException")
        #expect(objection(Self.least("Data") + [FieldSelector(.eventName, equals: [])])?.code == "ValidationException")
    }

    @Test("has values of 1 to 2048 characters", arguments: [0, 1, 2_048, 2_049])
    func valueLength(length: Int) {
        for letter in ["n", "ü"] {
            let value = String(repeating: letter, count: length)
            let error = objection(Self.least("Data") + [FieldSelector(.eventName, equals: [value])])
            #expect(error?.code == ((1...2_048).contains(length) ? nil : "ValidationException"))
        }
    }

    @Test("has a name of up to 1000 characters", arguments: [0, 1_000, 1_001])
    func nameLength(length: Int) {
        let selector = AdvancedEventSelector(name: String(repeating: "n", count: length), Self.least("Data"))
        #expect(Selectors.advanced([selector]).objection?.code == (length <= 1_000 ? nil : "ValidationException"))
    }

    @Test(
        "shares 500 values with all others of its trail",
        arguments: [[500], [501], [250, 250], [250, 251], Array(repeating: 10, count: 50)])
    func valueCount(counts: [Int]) {
        let selectors = counts.map { count in
            let names = FieldSelector(
                .eventName, equals: (0..<count - 5).map { "a\($0)" }, notEndsWith: ["x", "y", "z"])
            return AdvancedEventSelector(Self.least("Data") + [names])
        }
        let sum = counts.reduce(0, +)
        let expected: SelectorError? =
            sum <= 500 ? nil : .tooMany("values of AdvancedEventSelectors", max: 500, found: sum)
        #expect(Selectors.advanced(selectors).objection == expected)
    }

    @Test("comes in any number within those values")
    func selectorCount() {
        let selectors = Array(repeating: AdvancedEventSelector(Self.least("Management")), count: 500)
        #expect(Selectors.advanced(selectors).objection == nil)
    }

    @Test("the closed lists are as long as the reference's")
    func lists() {
        #expect(ResourceTypes.sorted.count == 250 && ResourceTypes.all.count == 250)
        #expect(ResourceTypes.sorted == ResourceTypes.sorted.sorted())
        #expect(ResourceTypes.all.isSuperset(of: ResourceTypes.basic))
        #expect(NetworkActivitySources.all.count == 76)
    }
}
