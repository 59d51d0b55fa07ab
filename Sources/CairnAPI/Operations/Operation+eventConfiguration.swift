// Sizes, context and aggregation of events (reference 10.11). They come with a later issue.
extension Operation {
    static let eventConfiguration: [Operation] = [
        Operation(
            "GetEventConfiguration", .describe,
            [.optional("TrailName", .anyText), .optional("EventDataStore", .anyText)]),
        Operation(
            "PutEventConfiguration", .administer,
            [
                .optional("TrailName", .anyText), .optional("EventDataStore", .anyText),
                .optional("MaxEventSize", .text(.oneOf("Standard", "Large"))),
                .optional(
                    "ContextKeySelectors",
                    .list(
                        .structure([
                            .required("Type", .text(.oneOf("TagContext", "RequestContext"))),
                            .required("Equals", .list(.text(.sized(1...128)), count: .between(1...50))),
                        ]), count: .upTo(2))),
                .optional(
                    "AggregationConfigurations",
                    .list(
                        .structure([
                            .required(
                                "Templates",
                                .list(
                                    .text(.oneOf("API_ACTIVITY", "RESOURCE_ACCESS", "USER_ACTIONS")),
                                    count: .between(1...50))),
                            .required("EventCategory", .text(.oneOf("Data"))),
                        ]), count: .upTo(1))),
            ]),
    ]
}
