// Trails (reference 6).
extension Operation {
    static let trails: [Operation] = [
        Operation(
            "CreateTrail", .administer,
            [
                .required("Name", .anyText), .required("S3BucketName", .anyText), .optional("S3KeyPrefix", .anyText),
                .optional("SnsTopicName", .anyText), .optional("IncludeGlobalServiceEvents", .flag),
                .optional("IsMultiRegionTrail", .flag), .optional("EnableLogFileValidation", .flag),
                .optional("CloudWatchLogsLogGroupArn", .anyText), .optional("CloudWatchLogsRoleArn", .anyText),
                .optional("KmsKeyId", .anyText), .optional("IsOrganizationTrail", .flag), .optional("TagsList", .tags),
            ]
        ) { (service, call, request) throws(APIError) in try await service.createTrail(call, request) },
        Operation(
            "DeleteTrail", .administer, [.required("Name", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.deleteTrail(call, request) },
        Operation(
            "DescribeTrails", .describe,
            [.optional("trailNameList", .list(.anyText, count: .any)), .optional("includeShadowTrails", .flag)]
        ) { (service, call, request) throws(APIError) in try await service.describeTrails(call, request) },
        Operation(
            "GetTrail", .describe, [.required("Name", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.getTrail(call, request) },
        Operation(
            "GetTrailStatus", .describe, [.required("Name", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.getTrailStatus(call, request) },
        Operation(
            "ListTrails", .describe, [.optional("NextToken", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.listTrails(call, request) },
        Operation(
            "StartLogging", .administer, [.required("Name", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.setLogging(true, call, request) },
        Operation(
            "StopLogging", .administer, [.required("Name", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.setLogging(false, call, request) },
        Operation(
            "UpdateTrail", .administer,
            [
                .required("Name", .anyText), .optional("S3BucketName", .anyText), .optional("S3KeyPrefix", .anyText),
                .optional("SnsTopicName", .anyText), .optional("IncludeGlobalServiceEvents", .flag),
                .optional("IsMultiRegionTrail", .flag), .optional("EnableLogFileValidation", .flag),
                .optional("CloudWatchLogsLogGroupArn", .anyText), .optional("CloudWatchLogsRoleArn", .anyText),
                .optional("KmsKeyId", .anyText), .optional("IsOrganizationTrail", .flag),
            ]
        ) { (service, call, request) throws(APIError) in try await service.updateTrail(call, request) },
    ]
}
