// Event data stores and what belongs to them (reference 10). They come with a later issue; what is asked of their requests holds
// already, and each answers that it is not supported here.
extension Operation {
    static let stores: [Operation] = [
        Operation(
            "CreateEventDataStore", .administer,
            [
                .required("Name", .storeName), .optional("AdvancedEventSelectors", .advancedSelectors),
                .optional("MultiRegionEnabled", .flag), .optional("OrganizationEnabled", .flag),
                .optional("RetentionPeriod", .retention), .optional("TerminationProtectionEnabled", .flag),
                .optional("TagsList", .tags), .optional("KmsKeyId", .storeKey), .optional("StartIngestion", .flag),
                .optional("BillingMode", .billingMode),
            ]),
        Operation("DeleteEventDataStore", .administer, [.required("EventDataStore", .storeARN)]),
        Operation("DisableFederation", .administer, [.required("EventDataStore", .storeARN)]),
        Operation(
            "EnableFederation", .administer,
            [
                .required("EventDataStore", .storeARN),
                .required("FederationRoleArn", .text(.sized(3...125, .role))),
            ]),
        Operation("GetEventDataStore", .describe, [.required("EventDataStore", .storeARN)]),
        Operation(
            "ListEventDataStores", .describe,
            [.optional("NextToken", .pageToken), .optional("MaxResults", .integer(1...1_000))]),
        Operation("RestoreEventDataStore", .administer, [.required("EventDataStore", .storeARN)]),
        Operation("StartEventDataStoreIngestion", .administer, [.required("EventDataStore", .storeARN)]),
        Operation("StopEventDataStoreIngestion", .administer, [.required("EventDataStore", .storeARN)]),
        Operation(
            "UpdateEventDataStore", .administer,
            [
                .required("EventDataStore", .storeARN), .optional("Name", .storeName),
                .optional("AdvancedEventSelectors", .advancedSelectors), .optional("MultiRegionEnabled", .flag),
                .optional("OrganizationEnabled", .flag), .optional("RetentionPeriod", .retention),
                .optional("TerminationProtectionEnabled", .flag), .optional("KmsKeyId", .storeKey),
                .optional("BillingMode", .billingMode),
            ]),
    ]

    static let queries: [Operation] = [
        Operation(
            "CancelQuery", .administer,
            [
                .optional("EventDataStore", .storeARN), .required("QueryId", .uuid),
                .optional("EventDataStoreOwnerAccountId", .accountID),
            ]),
        Operation(
            "DescribeQuery", .lookup,
            [
                .optional("EventDataStore", .storeARN), .optional("QueryId", .uuid),
                .optional("QueryAlias", .queryAlias),
                .optional("RefreshId", .text(.sized(10...20, .digitsOnly))),
                .optional("EventDataStoreOwnerAccountId", .accountID),
            ]),
        Operation(
            "GenerateQuery", .lookup,
            [
                .required("EventDataStores", .list(.storeARN, count: .between(1...1))),
                .required("Prompt", .text(.sized(3...500, .prose))),
            ]),
        Operation(
            "GetQueryResults", .lookup,
            [
                .optional("EventDataStore", .storeARN), .required("QueryId", .uuid),
                .optional("NextToken", .pageToken), .optional("MaxQueryResults", .integer(1...1_000)),
                .optional("EventDataStoreOwnerAccountId", .accountID),
            ]),
        Operation(
            "ListQueries", .lookup,
            [
                .required("EventDataStore", .storeARN), .optional("NextToken", .pageToken),
                .optional("MaxResults", .integer(1...1_000)), .optional("StartTime", .time),
                .optional("EndTime", .time),
                .optional(
                    "QueryStatus",
                    .text(.oneOf("QUEUED", "RUNNING", "FINISHED", "FAILED", "CANCELLED", "TIMED_OUT"))),
            ]),
        Operation(
            "SearchSampleQueries", .describe,
            [
                .required("SearchPhrase", .text(.sized(2...1_000, .prose))),
                .optional("MaxResults", .integer(1...50)), .optional("NextToken", .pageToken),
            ]),
        Operation(
            "StartQuery", .lookup,
            [
                .optional("QueryStatement", .text(.sized(1...10_000, .anything))),
                .optional("DeliveryS3Uri", .text(.upTo(1_024, .s3URI))), .optional("QueryAlias", .queryAlias),
                .optional("QueryParameters", .queryParameters),
                .optional("EventDataStoreOwnerAccountId", .accountID),
            ]),
    ]

    static let dashboards: [Operation] = [
        Operation(
            "CreateDashboard", .administer,
            [
                .required("Name", .dashboardName), .optional("RefreshSchedule", .refreshSchedule),
                .optional("TagsList", .tags), .optional("TerminationProtectionEnabled", .flag),
                .optional("Widgets", .widgets),
            ]),
        Operation("DeleteDashboard", .administer, [.required("DashboardId", .dashboard)]),
        Operation("GetDashboard", .describe, [.required("DashboardId", .dashboard)]),
        Operation(
            "ListDashboards", .describe,
            [
                .optional("NamePrefix", .dashboardName), .optional("Type", .text(.oneOf("MANAGED", "CUSTOM"))),
                .optional("NextToken", .pageToken), .optional("MaxResults", .integer(1...1_000)),
            ]),
        Operation(
            "StartDashboardRefresh", .lookup,
            [
                .required("DashboardId", .dashboard),
                .optional(
                    "QueryParameterValues",
                    .map(key: .sized(3...128, .parameterKey), value: .sized(1...128, .parameterValue), count: .any)),
            ]),
        Operation(
            "UpdateDashboard", .administer,
            [
                .required("DashboardId", .dashboard), .optional("Widgets", .widgets),
                .optional("RefreshSchedule", .refreshSchedule), .optional("TerminationProtectionEnabled", .flag),
            ]),
    ]

    static let imports: [Operation] = [
        Operation("GetImport", .describe, [.required("ImportId", .uuid)]),
        Operation(
            "ListImportFailures", .describe,
            [
                .required("ImportId", .uuid), .optional("MaxResults", .integer(1...1_000)),
                .optional("NextToken", .pageToken),
            ]),
        Operation(
            "ListImports", .describe,
            [
                .optional("MaxResults", .integer(1...1_000)), .optional("Destination", .storeARN),
                .optional(
                    "ImportStatus", .text(.oneOf("INITIALIZING", "IN_PROGRESS", "FAILED", "STOPPED", "COMPLETED"))),
                .optional("NextToken", .pageToken),
            ]),
        Operation(
            "StartImport", .administer,
            [
                .optional("Destinations", .list(.storeARN, count: .between(1...1))),
                .optional(
                    "ImportSource",
                    .structure([
                        .required(
                            "S3",
                            .structure([
                                .required("S3LocationUri", .anyText), .required("S3BucketRegion", .anyText),
                                .required("S3BucketAccessRoleArn", .anyText),
                            ]))
                    ])),
                .optional("StartEventTime", .time), .optional("EndEventTime", .time), .optional("ImportId", .uuid),
            ]),
        Operation("StopImport", .administer, [.required("ImportId", .uuid)]),
    ]
}
