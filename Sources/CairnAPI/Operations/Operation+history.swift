// Event history (reference 9).
extension Operation {
    static let history: [Operation] = [
        Operation(
            "LookupEvents", .lookup,
            [
                .optional(
                    "LookupAttributes",
                    .list(
                        .structure([
                            .required(
                                "AttributeKey",
                                .text(
                                    .oneOf(
                                        "EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName",
                                        "EventSource", "AccessKeyId"))),
                            .required(
                                "AttributeValue", .text(.sized(1...2_000)), code: "InvalidLookupAttributesException"),
                        ]), count: .any)),
                .optional("StartTime", .time), .optional("EndTime", .time),
                .optional("EventCategory", .text(.oneOf("insight")), code: "InvalidEventCategoryException"),
                .optional("MaxResults", .integer(1...50), code: "InvalidMaxResultsException"),
                .optional("NextToken", .anyText),
            ]
        ) { (service, call, request) throws(APIError) in try await service.lookupEvents(call, request) }
    ]
}
