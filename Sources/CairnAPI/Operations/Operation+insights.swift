// Insights (reference 8.5, 8.6).
extension Operation {
    static let insights: [Operation] = [
        Operation(
            "GetInsightSelectors", .describe,
            [.optional("TrailName", .anyText), .optional("EventDataStore", .storeARN)]
        ) { (service, call, request) throws(APIError) in try await service.getInsightSelectors(call, request) },
        Operation(
            "PutInsightSelectors", .administer,
            [
                .optional("TrailName", .anyText),
                .required(
                    "InsightSelectors",
                    .list(
                        .structure([
                            .optional("InsightType", .insightType, code: "InvalidInsightSelectorsException"),
                            .optional(
                                "EventCategories", .list(.text(.oneOf("Management", "Data")), count: .any),
                                code: "InvalidInsightSelectorsException"),
                        ]), count: .any)),
                .optional("EventDataStore", .storeARN), .optional("InsightsDestination", .storeARN),
            ]
        ) { (service, call, request) throws(APIError) in try await service.putInsightSelectors(call, request) },
        Operation(
            "ListInsightsData", .lookup,
            [
                .required("InsightSource", .resourceARN), .required("DataType", .text(.oneOf("InsightsEvents"))),
                .optional(
                    "Dimensions",
                    .map(
                        key: .oneOf("EventId", "EventName", "EventSource"), value: .sized(1...2_000),
                        count: .between(1...1))),
                .optional("StartTime", .time), .optional("EndTime", .time), .optional("MaxResults", .integer(1...50)),
                .optional("NextToken", .pageToken),
            ]),
        Operation(
            "ListInsightsMetricData", .lookup,
            [
                .optional("TrailName", .anyText), .required("EventSource", .text(.upTo(256, .amazonSource))),
                .required("EventName", .text(.upTo(128, .eventName))), .required("InsightType", .insightType),
                .optional("ErrorCode", .text(.upTo(128, .errorCode))), .optional("StartTime", .time),
                .optional("EndTime", .time),
                .optional("Period", .integer(60...3_600), code: "InvalidParameterException"),
                .optional("DataType", .text(.oneOf("FillWithZeros", "NonZeroData"))),
                .optional("MaxResults", .integer(1...21_600)), .optional("NextToken", .text(.sized(1...5_000))),
            ]),
    ]
}
