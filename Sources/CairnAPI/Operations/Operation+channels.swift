// Channels and their policies (reference 10.8, 10.13).
extension Operation {
    static let channels: [Operation] = [
        Operation(
            "CreateChannel", .administer,
            [
                .required("Name", .channelName), .required("Source", .text(.sized(1...256, .line))),
                .required("Destinations", .destinations), .optional("Tags", .tags),
            ]
        ) { (service, call, request) throws(APIError) in try await service.createChannel(call, request) },
        Operation(
            "DeleteChannel", .administer, [.required("Channel", .channel)]
        ) { (service, call, request) throws(APIError) in try await service.deleteChannel(call, request) },
        Operation(
            "GetChannel", .describe, [.required("Channel", .channel)]
        ) { (service, call, request) throws(APIError) in try await service.getChannel(call, request) },
        Operation(
            "ListChannels", .describe,
            [.optional("MaxResults", .integer(1...1_000)), .optional("NextToken", .pageToken)]
        ) { (service, call, request) throws(APIError) in try await service.listChannels(call, request) },
        Operation(
            "UpdateChannel", .administer,
            [
                .required("Channel", .channel), .optional("Destinations", .destinations),
                .optional("Name", .channelName),
            ]
        ) { (service, call, request) throws(APIError) in try await service.updateChannel(call, request) },
    ]

    static let policies: [Operation] = [
        Operation(
            "DeleteResourcePolicy", .administer, [.required("ResourceArn", .resourceARN)]
        ) { (service, call, request) throws(APIError) in try await service.deletePolicy(call, request) },
        Operation(
            "GetResourcePolicy", .describe, [.required("ResourceArn", .resourceARN)]
        ) { (service, call, request) throws(APIError) in try await service.getPolicy(call, request) },
        Operation(
            "PutResourcePolicy", .administer,
            [.required("ResourceArn", .resourceARN), .required("ResourcePolicy", .text(.sized(1...8_192)))]
        ) { (service, call, request) throws(APIError) in try await service.putPolicy(call, request) },
    ]
}
