// Which events a trail takes (reference 7).
extension Operation {
    static let selectors: [Operation] = [
        Operation(
            "GetEventSelectors", .describe, [.required("TrailName", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.getEventSelectors(call, request) },
        Operation(
            "PutEventSelectors", .administer,
            [
                .required("TrailName", .anyText),
                .optional(
                    "EventSelectors",
                    .list(
                        .structure([
                            .optional(
                                "ReadWriteType", .text(.oneOf("ReadOnly", "WriteOnly", "All")),
                                code: "InvalidEventSelectorsException"),
                            .optional("IncludeManagementEvents", .flag),
                            .optional(
                                "DataResources",
                                .list(
                                    .structure([
                                        .optional("Type", .anyText), .optional("Values", .list(.anyText, count: .any)),
                                    ]), count: .any)),
                            .optional("ExcludeManagementEventSources", .list(.anyText, count: .any)),
                        ]), count: .any)),
                .optional("AdvancedEventSelectors", .advancedSelectors),
            ]
        ) { (service, call, request) throws(APIError) in try await service.putEventSelectors(call, request) },
    ]
}
