// Shapes that several operations share (reference 11.4).
extension Shape {
    static let tags = Shape.list(
        .structure([
            .required("Key", .text(.sized(1...128))), .optional("Value", .text(.sized(1...256))),
        ]), count: .upTo(200))

    static let advancedSelectors = Shape.list(
        .structure([
            .optional("Name", .text(.sized(0...1_000, .line))),
            .required(
                "FieldSelectors",
                .list(
                    .structure([
                        .required("Field", .text(.sized(1...1_000, .selectorField))),
                        .optional("Equals", operand), .optional("StartsWith", operand), .optional("EndsWith", operand),
                        .optional("NotEquals", operand), .optional("NotStartsWith", operand),
                        .optional("NotEndsWith", operand),
                    ]), count: .atLeast(1))),
        ]), count: .any)

    private static let operand = Shape.list(.text(.sized(1...2_048, .fullLine)), count: .atLeast(1))

    static let accountID = Shape.text(.sized(12...16, .digitsOnly))
    static let uuid = Shape.text(.sized(36...36, .uuid))
    static let resourceARN = Shape.text(.sized(3...256, .resource))
    static let pageToken = Shape.text(.sized(4...1_000, .line))

    static let insightType = Shape.text(.oneOf("ApiCallRateInsight", "ApiErrorRateInsight"))

    static let channel = Shape.text(.sized(3...256, .resource))
    static let channelName = Shape.text(.sized(3...128, .dottedName))
    static let destinations = Shape.list(
        .structure([
            .required("Type", .text(.oneOf("EVENT_DATA_STORE", "AWS_SERVICE"))),
            .required("Location", .text(.sized(3...1_024, .location))),
        ]), count: .between(1...200))

    static let storeARN = Shape.text(.sized(3...256, .resource))
    static let storeName = Shape.text(.sized(3...128, .dottedName))
    static let storeKey = Shape.text(.sized(1...350, .resource))
    static let retention = Shape.integer(7...3_653)
    static let billingMode = Shape.text(.oneOf("EXTENDABLE_RETENTION_PRICING", "FIXED_RETENTION_PRICING"))

    static let queryAlias = Shape.text(.sized(1...256, .alias))
    static let queryParameters = Shape.list(.text(.sized(1...1_024, .line)), count: .between(1...10))

    static let dashboard = Shape.text(.like(.resource))
    static let dashboardName = Shape.text(.sized(3...128, .dashedName))
    static let widgets = Shape.list(
        .structure([
            .required("QueryStatement", .text(.sized(1...10_000, .anything))),
            .optional("QueryParameters", .queryParameters),
            .required(
                "ViewProperties",
                .map(key: .sized(3...128, .viewKey), value: .sized(1...128, .viewValue), count: .any)),
        ]), count: .any)
    static let refreshSchedule = Shape.structure([
        .optional(
            "Frequency",
            .structure([.optional("Unit", .text(.oneOf("HOURS", "DAYS"))), .optional("Value", .integer(nil))])),
        .optional("Status", .text(.oneOf("ENABLED", "DISABLED"))),
        .optional("TimeOfDay", .text(.like(.timeOfDay))),
    ])
}
